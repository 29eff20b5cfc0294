/*
 * news_fill: collects all that is new into one batch of news.
 *
 * New rows come first, then what became due or expired, then what is flagged
 * for each user: so a number of unread notifications follows the rows that it
 * counts.
 *
 * These are steps of a turn, like agenda.h, and see the whole struct queue.
 */
#ifndef BELFRY_GATEWAY_STORE_NEWS_FILL_H
#define BELFRY_GATEWAY_STORE_NEWS_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/news.h"

struct queue;

/* Adds a bounded batch, inside a transaction. 0, or -1; whatever was added counts as told. */
int news_fill(struct queue *queue, struct news *news);
bool news_fill_waits(const struct queue *queue);
/* Milliseconds until there is something to tell; INT64_MAX: none known. */
int64_t news_fill_pause(const struct queue *queue);

#endif
