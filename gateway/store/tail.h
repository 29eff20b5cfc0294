/*
 * tail: rows that were committed since the last look.
 *
 * Writers are serialised, so ids become visible in order, and whatever is new
 * stands behind last_seen. Only rows of users who are here become news; the
 * others wait in the file until their user comes.
 */
#ifndef BELFRY_GATEWAY_STORE_TAIL_H
#define BELFRY_GATEWAY_STORE_TAIL_H

#include "gateway/store/news.h"
struct queue;
struct request;
struct chat;
struct news;
struct page;

/* One batch: at most TAIL_ROWS rows, and little more than TAIL_OCTETS. Clears queue->has_tail where
 * it has come to the end. 0, or -1; what was added stays and counts as told. */
#define TAIL_ROWS 256
#define TAIL_OCTETS ((size_t)256 << 10)
int tail_read(struct queue *queue, struct news *news);

#endif
