/*
 * inbox_fanout: tells all of a user's connections what became of notifications:
 * changed, taken away, read or unread, by another program or on another device.
 *
 * A client that has too much output waiting is told later: stale_rows.h.
 */
#ifndef BELFRY_GATEWAY_REALTIME_INBOX_FANOUT_H
#define BELFRY_GATEWAY_REALTIME_INBOX_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/store_notifications.h"

struct client;
struct user;

/* News of the store: store_news.h. The context is the realtime. */
void inbox_fanout_on_updated(void *context, const struct store_row *row, bool is_pending);
void inbox_fanout_on_removed(
    void *context, const char *user, enum store_removal removal, const int64_t *ids, size_t count);
void inbox_fanout_on_marked(
    void *context, const char *user, bool is_read, const int64_t *ids, size_t count);

/* The client `by` marked these: tells the user's others. If there are very many, only the last ones
 * are told: no page shows more. */
void inbox_fanout_marked(
    struct user *user, const struct client *by, bool is_read, const int64_t *ids, size_t count);
void inbox_fanout_archived(
    struct user *user, const struct client *by, const int64_t *ids, size_t count);

#endif
