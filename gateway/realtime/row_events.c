#include "gateway/realtime/row_events.h"

#include <inttypes.h>

#include "common/buf.h"
#include "gateway/framing/event.h"

struct event *row_event_updated(const struct store_row *row)
{
    return event_new("notification:update", row->json, row->len);
}

/* {"ids":["1","2"]}, with a reason unless it is NULL. */
static struct event *ids_event(
    const char *name, const int64_t *ids, size_t count, const char *reason)
{
    struct event *event;
    struct buf json;

    buf_init(&json, SIZE_MAX);
    buf_add_text(&json, "{\"ids\":[");
    for (size_t i = 0; i < count; i++)
        buf_addf(&json, "%s\"%" PRId64 "\"", i ? "," : "", ids[i]);
    buf_add_char(&json, ']');
    if (reason)
        buf_addf(&json, ",\"reason\":\"%s\"", reason);
    buf_add_char(&json, '}');
    event = event_new(name, json.data, json.len);
    buf_release(&json);
    return event;
}

struct event *row_event_removed(enum store_removal removal, const int64_t *ids, size_t count)
{
    static const char *const reasons[STORE_REMOVALS] = {
        [STORE_REMOVED_DELETED] = "deleted",
        [STORE_REMOVED_CANCELLED] = "cancelled",
        [STORE_REMOVED_EXPIRED] = "expired",
        [STORE_REMOVED_ARCHIVED] = "archived",
    };

    return ids_event("notification:remove", ids, count, reasons[removal]);
}

struct event *row_event_marked(bool is_read, const int64_t *ids, size_t count)
{
    return ids_event(is_read ? "notification:read" : "notification:unread", ids, count, NULL);
}
