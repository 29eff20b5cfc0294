/*
 * row_news: tells the pages of a user which of their notifications somebody
 * changed, took away, or marked as read or unread.
 *
 * The changes wait in changed_rows.h. Each row is looked at as it is now: a row
 * that was changed and then deleted is only gone, and one that may have been
 * replaced but is still there is no news.
 */
#ifndef BELFRY_GATEWAY_STORE_ROW_NEWS_H
#define BELFRY_GATEWAY_STORE_ROW_NEWS_H

#include "gateway/store/inbox.h"
#include "gateway/store/news.h"
#include "gateway/store/turn.h"

/* Adds a bounded batch to the news, inside a transaction. 0, or -1; whatever was added counts as
 * told. */
int row_news_fill(struct inbox *inbox, struct turn *turn, struct news *news);

#endif
