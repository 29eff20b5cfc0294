/*
 * digest: what there is to tell, gathered into one batch of news.
 *
 * New rows come first, then what became due or expired, then what is flagged of
 * each user: so a number of unread ones stands behind the rows that it counts.
 */
#ifndef BELFRY_GATEWAY_STORE_DIGEST_H
#define BELFRY_GATEWAY_STORE_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/news.h"
struct queue;
struct request;
struct chat;
struct news;
struct page;

bool digest_waits(const struct queue *queue);
/* Milliseconds until there is something, INT64_MAX while nothing is known. */
int64_t digest_pause(const struct queue *queue);
/* A bounded batch, inside a transaction. 0, or -1; what was added counts as told. */
int digest_fill(struct queue *queue, struct news *news);

#endif
