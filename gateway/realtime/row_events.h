/*
 * row_events: the events that tell a page what became of notifications that it
 * may show. Each returns a new event, the caller's reference.
 */
#ifndef BELFRY_GATEWAY_REALTIME_ROW_EVENTS_H
#define BELFRY_GATEWAY_REALTIME_ROW_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/store_notifications.h"

struct event;

/* `notification:update`; `row` is as store_list gives it. */
struct event *row_event_updated(const struct store_row *row);
/* `notification:remove` */
struct event *row_event_removed(enum store_removal removal, const int64_t *ids, size_t count);
/* `notification:read` or `notification:unread` */
struct event *row_event_marked(bool is_read, const int64_t *ids, size_t count);

#endif
