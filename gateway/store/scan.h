/*
 * scan: pages of one user's rows: what is owed to a connection, and what a
 * list shows.
 *
 * Every page is bounded in rows and octets, and in rows looked at, so that a
 * user with a hundred thousand rows costs the others one short turn at a time.
 */
#ifndef BELFRY_GATEWAY_STORE_SCAN_H
#define BELFRY_GATEWAY_STORE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/store_notifications.h"

struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Fills request->page, upto and complete with what is pending and due behind `after`, and, where
 * `shared`, with what was confirmed since `started`. 0, or -1 (queue->file says why). */
int scan_owed(struct queue *queue, struct request *request, const struct store_scan *scan);
/* Fills page and complete with the newest rows before request->ask.list.before. */
int scan_list(struct queue *queue, struct request *request);
/* Goes on counting the user's unread rows behind `after`, up to last_seen, at most *rows of them,
 * which go down by as many as were looked at. 1 when none is left, 0, or -1. */
int scan_count_on(
    struct queue *queue, const char *user, int64_t *after, int64_t *unread, size_t *rows);
/* The first row up to last_seen that is pending and due, 0 where there is none. */
int scan_first_owed(struct queue *queue, const char *user, int64_t *id);

#endif
