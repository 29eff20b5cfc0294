/*
 * news: one batch of news for the loop.
 *
 * The thread fills it and sends it. The loop opens it: it makes the callbacks
 * of struct store_news in the order of filling, then `end`, and frees it. Those
 * who fill a batch keep it bounded.
 */
#ifndef BELFRY_GATEWAY_STORE_NEWS_H
#define BELFRY_GATEWAY_STORE_NEWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/mailbox.h"
#include "gateway/store/page.h"
#include "gateway/store/store_news.h"
#include "gateway/store/turn.h"

struct news_item;
struct store_elsewhere;

struct news {
    struct parcel parcel; /* first: news are a parcel */
    struct page page;     /* rows and texts */
    struct news_item *items;
    size_t count, size;
    int64_t *ids; /* of rows that are told by their ids alone */
    size_t id_count, id_size;
    size_t mark; /* of its rows: offset in the page's text */
    bool has_mark;
};

struct news *news_new(void);
void news_free(struct news *news);
/* Sends it to the loop, or frees it if it is empty. */
void news_send(struct news *news, struct turn *turn);

/* What the snapshot shows that the rows are read from; or NULL. */
void news_set_mark(struct news *news, const char *mark);
/* The row added last to news->page. */
void news_add_row(struct news *news);
/* `mark`: see struct store_news; or NULL. */
void news_add_due(struct news *news, const char *user, const char *mark);
/* Consecutive rows of one user are told together. */
void news_add_set_back(struct news *news, const char *user, int64_t id);
void news_add_unread(struct news *news, const char *user, const struct store_counts *counts);
/* The row added last to news->page. */
void news_add_updated(struct news *news, bool is_pending);
/* Consecutive rows of one user that are alike are told together. */
void news_add_removed(struct news *news, const char *user, enum store_removal removal, int64_t id);
void news_add_marked(struct news *news, const char *user, bool is_read, int64_t id);
void news_add_revoked(struct news *news, const char *user, int64_t not_before_seconds);
/* `hash`: as in belfry_sid. */
void news_add_session_over(struct news *news, const char *user, const char *hash);
/* Consecutive rows of one user are told together. */
void news_add_expiring(struct news *news, const char *user, int64_t id);
/* The message, or the broadcast, added last to news->page. */
void news_add_message(struct news *news);
void news_add_broadcast(struct news *news);
void news_add_member(struct news *news, const char *conversation, const char *user, bool is_member);
/* What another gateway has sent. */
void news_add_said(struct news *news, const char *text);
void news_add_elsewhere(struct news *news, const struct store_elsewhere *elsewhere);
void news_add_available(struct news *news);
void news_add_unavailable(struct news *news, const struct reason *why);
void news_add_replaced(struct news *news);

/* Makes the callbacks of `news` for all of it. */
void news_tell(const struct news *batch, const struct store_news *news, void *context);
/* How many callbacks about rows that were set back it makes. */
uint64_t news_count_set_back(const struct news *news);
/* The last thing it says about availability; if it says nothing, neither argument changes. */
void news_availability(const struct news *news, bool *is_available, struct reason *why);
/* Whether it holds `replaced`. */
bool news_has_replaced(const struct news *news);

#endif
