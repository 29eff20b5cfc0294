#include "gateway/realtime/stale_rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/row_events.h"

#define FIRST_SIZE 16
/* Ids may be there twice until the array is full: sorting it then costs little for each id. */
#define SIZE_LIMIT (2 * STALE_ROWS_MAX)
/* A store that was unavailable is asked again after this long. */
#define RETRY_MS 500

/* A client's stale rows. Exists while there are some. */
struct stale_rows {
    struct client *client;
    int64_t *ids;
    size_t count, size;
    size_t united;                 /* so many of the first are in ascending order, each once */
    int64_t asked[STORE_ROWS_MAX]; /* the store is asked about these now, in ascending order */
    size_t asked_count;
    uint64_t in_flight; /* bit i: asked[i] was in flight when the store was asked */
    struct wheel_entry retry;
    bool is_behind; /* some are there because the client had no room */
    bool is_closed; /* there were too many: the client is being closed */
};

static int id_compare(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;

    return (a > b) - (a < b);
}

/* Leaves each id there once, in ascending order. Nothing is sorted again for the next page that the
 * store is asked for, unless ids were added. */
static void ids_unite(struct stale_rows *stale)
{
    size_t kept = 0;

    if (stale->count == stale->united)
        return;
    qsort(stale->ids, stale->count, sizeof(*stale->ids), id_compare);
    for (size_t i = 0; i < stale->count; i++) {
        if (kept == 0 || stale->ids[i] != stale->ids[kept - 1])
            stale->ids[kept++] = stale->ids[i];
    }
    stale->count = stale->united = kept;
}

/* Makes room for another id; afterwards at least half of the array is free. False: there are too
 * many. */
static bool ids_make_room(struct stale_rows *stale)
{
    ids_unite(stale);
    if (stale->count > STALE_ROWS_MAX)
        return false;
    if (stale->count * 2 <= stale->size && stale->size > 0)
        return true;
    stale->size = stale->size > 0 ? stale->size * 2 : FIRST_SIZE;
    if (stale->size > SIZE_LIMIT)
        stale->size = SIZE_LIMIT;
    stale->ids = mem_resize(stale->ids, stale->size * sizeof(*stale->ids));
    return true;
}

static bool ids_add(struct stale_rows *stale, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (stale->count == stale->size && !ids_make_room(stale))
            return false;
        stale->ids[stale->count++] = ids[i];
    }
    return true;
}

static struct stale_rows *stale_need(struct client *client)
{
    if (!client->stale) {
        client->stale = mem_zalloc(sizeof(*client->stale));
        client->stale->client = client;
    }
    return client->stale;
}

bool stale_rows_must_wait(struct client *client)
{
    return (client->stale && client->stale->is_behind) || !client_has_room(client);
}

void stale_rows_end(struct client *client)
{
    struct stale_rows *stale = client->stale;

    if (!stale)
        return;
    client->stale = NULL;
    wheel_stop(&stale->retry);
    free(stale->ids);
    free(stale);
}

static bool is_in_flight(const struct client *client, int64_t id)
{
    return client->delivery && delivery_in_flight(client->delivery, id);
}

/* Whether the client has the row, of which the store says that it is not delivered yet. The client
 * may have confirmed it since the store was asked. */
static bool is_held(const struct stale_rows *stale, int64_t id)
{
    const int64_t *asked =
        bsearch(&id, stale->asked, stale->asked_count, sizeof(stale->asked[0]), id_compare);

    return is_in_flight(stale->client, id) ||
           (asked && (stale->in_flight >> (asked - stale->asked) & 1));
}

static void send_change(struct client *client, struct event *event)
{
    client->realtime->counters.changes_sent++;
    peer_send(client->peer, event);
    event_unref(event);
}

/* Closes a client with too many stale rows. */
static void stale_overflow(struct stale_rows *stale)
{
    struct client *client = stale->client;

    stale->is_closed = true;
    client->realtime->counters.changes_overflowed++;
    peer_close_slow(client->peer, "too many notifications changed while it took no output");
}

/* A row that the client has no room for stays stale. */
static void found_tell_rows(struct stale_rows *stale, const struct store_found *found)
{
    struct client *client = stale->client;

    for (size_t i = 0; i < found->count && !stale->is_closed; i++) {
        const struct store_state *state = &found->states[i];

        if (!state->row || (state->is_pending && !is_held(stale, state->id)))
            continue;
        if (client_has_room(client))
            send_change(client, row_event_updated(state->row));
        else if (!ids_add(stale, &state->id, 1))
            stale_overflow(stale);
    }
}

static void found_tell_removed(
    struct client *client, const struct store_found *found, enum store_removal removal)
{
    int64_t ids[STORE_ROWS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < found->count; i++) {
        if (!found->states[i].row && found->states[i].removal == removal)
            ids[count++] = found->states[i].id;
    }
    if (count > 0)
        send_change(client, row_event_removed(removal, ids, count));
}

static void found_tell(struct stale_rows *stale, const struct store_found *found)
{
    peer_cork(stale->client->peer);
    for (int removal = 0; removal < STORE_REMOVALS; removal++)
        found_tell_removed(stale->client, found, (enum store_removal)removal);
    found_tell_rows(stale, found);
    peer_uncork(stale->client->peer);
}

static void stale_on_retry(struct wheel_entry *entry)
{
    stale_rows_go_on(container_of(entry, struct stale_rows, retry)->client);
}

static void stale_on_found(void *context, const struct store_found *found)
{
    struct client *client = context;
    struct stale_rows *stale = client->stale;

    if (stale && found->verdict == STORE_OK) {
        found_tell(stale, found);
        stale->asked_count = 0;
        if (stale->count == 0)
            stale_rows_end(client);
        else
            stale_rows_go_on(client);
    } else if (stale && !ids_add(stale, stale->asked, stale->asked_count)) {
        stale_overflow(stale);
    } else if (stale) {
        stale->asked_count = 0;
        wheel_start(client->realtime->wheel, &stale->retry, RETRY_MS, stale_on_retry);
    }
    client_unref(client);
}

/* Takes the last of the ids, to ask about them. */
static void asked_take(struct stale_rows *stale)
{
    ids_unite(stale);
    stale->asked_count = stale->count < STORE_ROWS_MAX ? stale->count : STORE_ROWS_MAX;
    stale->united = stale->count -= stale->asked_count;
    memcpy(stale->asked, stale->ids + stale->count, stale->asked_count * sizeof(stale->asked[0]));
    stale->in_flight = 0;
    for (size_t i = 0; i < stale->asked_count; i++)
        stale->in_flight |= (uint64_t)is_in_flight(stale->client, stale->asked[i]) << i;
}

void stale_rows_go_on(struct client *client)
{
    struct stale_rows *stale = client->stale;

    if (!stale || stale->count == 0 || stale->asked_count > 0 || stale->is_closed ||
        client->state != CLIENT_READY || !client_has_taken(client))
        return;
    wheel_stop(&stale->retry);
    asked_take(stale);
    store_rows(client->realtime->store, client->user->id, stale->asked, stale->asked_count,
        stale_on_found, client_ref(client));
}

static void stale_add(struct stale_rows *stale, const int64_t *ids, size_t count)
{
    if (stale->is_closed)
        return;
    if (ids_add(stale, ids, count))
        stale_rows_go_on(stale->client);
    else
        stale_overflow(stale);
}

void stale_rows_look(struct client *client, int64_t id)
{
    struct stale_rows *stale = stale_need(client);

    if (stale->count < STALE_ROWS_LOOKS)
        stale_add(stale, &id, 1);
}

void stale_rows_note(struct client *client, const int64_t *ids, size_t count)
{
    struct stale_rows *stale = stale_need(client);

    stale->is_behind = true;
    stale_add(stale, ids, count);
}
