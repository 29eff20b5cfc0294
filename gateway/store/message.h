/*
 * message: a row of `messages` as the browser gets it.
 *
 * A row that cannot be sent is logged once, with its id, and passed by: there
 * is no status to set, and nobody else waits for it.
 */
#ifndef BELFRY_GATEWAY_STORE_MESSAGE_H
#define BELFRY_GATEWAY_STORE_MESSAGE_H

#include <stdint.h>

#include "gateway/store/page.h"
struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Adds the row to `page`, or, where `joined_only`, passes it by when nobody has joined its
 * conversation. 1 where it was added, 0, or -1. */
int message_add(struct queue *queue, int64_t id, bool joined_only, struct page *page);

#endif
