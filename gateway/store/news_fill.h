/*
 * news_fill: what there is to tell, gathered into one batch of news.
 *
 * New rows come first, then what became due or expired, then what is flagged of
 * each user: so a number of unread notifications comes behind the rows that it
 * counts.
 *
 * Like agenda.h these are steps of the thread, and see all that it knows.
 */
#ifndef BELFRY_GATEWAY_STORE_NEWS_FILL_H
#define BELFRY_GATEWAY_STORE_NEWS_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/news.h"

struct queue;

/* A bounded batch, inside a transaction. 0, or -1; what was added counts as told. */
int news_fill(struct queue *queue, struct news *news);
bool news_fill_waits(const struct queue *queue);
/* Milliseconds until there is something, INT64_MAX while nothing is known. */
int64_t news_fill_pause(const struct queue *queue);

#endif
