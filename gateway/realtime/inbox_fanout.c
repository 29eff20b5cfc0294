#include "gateway/realtime/inbox_fanout.h"

#include <utlist.h>

#include "gateway/framing/event.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/row_events.h"
#include "gateway/realtime/stale_rows.h"

/* The most ids marked at once that the other connections are told. */
#define TOLD_MAX 10000

static void tell_client(
    struct client *client, struct event *event, const int64_t *ids, size_t count)
{
    if (stale_rows_must_wait(client)) {
        client->realtime->counters.changes_behind++;
        stale_rows_note(client, ids, count);
        return;
    }
    client->realtime->counters.changes_sent++;
    peer_send(client->peer, event);
}

/* Tells all clients of the user but `except`. Takes over the event. */
static void tell_others(struct user *user, const struct client *except, struct event *event,
    const int64_t *ids, size_t count)
{
    struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client != except)
            tell_client(client, event, ids, count);
    }
    event_unref(event);
}

/* Tells a client of a row that is not delivered yet. A client that waits for it gets it in its
 * turn, as it then is. But if the client may have been sent it, it may have confirmed it while
 * these news were under way, and the store is asked how the row is now. */
static void tell_pending(struct client *client, struct event *event, int64_t id)
{
    struct delivery *delivery = client->delivery;

    if (delivery && delivery_in_flight(delivery, id))
        tell_client(client, event, &id, 1);
    else if (!delivery || id <= delivery_highest(delivery))
        stale_rows_look(client, id);
}

void inbox_fanout_on_updated(void *context, const struct store_row *row, bool is_pending)
{
    struct realtime *realtime = context;
    struct user *user = users_find(&realtime->users, row->user);
    struct client *client;
    struct event *event;

    if (!user || !user->clients)
        return;
    event = row_event_updated(row);
    if (!is_pending) {
        tell_others(user, NULL, event, &row->id, 1);
        return;
    }
    DL_FOREACH (user->clients, client)
        tell_pending(client, event, row->id);
    event_unref(event);
}

/* Copies in flight were sent before the removal: if such a row comes back as pending, they do not
 * count as its delivery. */
static void tell_removed(struct user *user, const struct client *except, enum store_removal removal,
    const int64_t *ids, size_t count)
{
    struct client *client;

    if (!user->clients)
        return;
    DL_FOREACH (user->clients, client) {
        if (client->delivery)
            delivery_outdate(client->delivery, ids, count);
    }
    tell_others(user, except, row_event_removed(removal, ids, count), ids, count);
}

void inbox_fanout_on_removed(
    void *context, const char *id, enum store_removal removal, const int64_t *ids, size_t count)
{
    struct user *user = users_find(&((struct realtime *)context)->users, id);

    if (user)
        tell_removed(user, NULL, removal, ids, count);
}

/* A row that waits for its turn at a client is not sent there once it is read: the client is told
 * of it as an update instead, so that it can list it. */
static void look_at_awaited(struct client *client, const int64_t *ids, size_t count)
{
    for (size_t i = count; client->delivery && i-- > 0;) {
        if (delivery_awaits(client->delivery, ids[i]))
            stale_rows_look(client, ids[i]);
    }
}

static void tell_awaited(const struct user *user, const int64_t *ids, size_t count)
{
    struct client *client;

    DL_FOREACH (user->clients, client)
        look_at_awaited(client, ids, count);
}

void inbox_fanout_on_marked(
    void *context, const char *id, bool is_read, const int64_t *ids, size_t count)
{
    struct user *user = users_find(&((struct realtime *)context)->users, id);

    if (!user || !user->clients)
        return;
    tell_others(user, NULL, row_event_marked(is_read, ids, count), ids, count);
    if (is_read)
        tell_awaited(user, ids, count);
}

void inbox_fanout_marked(
    struct user *user, const struct client *by, bool is_read, const int64_t *ids, size_t count)
{
    size_t from = count > TOLD_MAX ? count - TOLD_MAX : 0;

    for (size_t page; from < count; from += page) {
        page = count - from < STORE_IDS_MAX ? count - from : STORE_IDS_MAX;
        tell_others(user, by, row_event_marked(is_read, ids + from, page), ids + from, page);
    }
    if (is_read)
        tell_awaited(user, ids, count);
}

void inbox_fanout_archived(
    struct user *user, const struct client *by, const int64_t *ids, size_t count)
{
    if (count > 0)
        tell_removed(user, by, STORE_REMOVED_ARCHIVED, ids, count);
}
