#include "gateway/realtime/farewell.h"

#include <stddef.h>
#include <stdlib.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/client_life.h"

struct farewell {
    struct realtime *realtime;
    struct wheel_entry tick;
    struct client *clients; /* whose connections are still open */
    int64_t began, over_ms; /* steady ms */
    size_t total, closed;   /* since then */
};

struct farewell *farewell_new(struct realtime *realtime)
{
    struct farewell *farewell = mem_zalloc(sizeof(*farewell));

    farewell->realtime = realtime;
    return farewell;
}

void farewell_free(struct farewell *farewell)
{
    wheel_stop(&farewell->tick);
    free(farewell);
}

void farewell_forget(struct client *client)
{
    if (!client->is_leaving)
        return;
    client->is_leaving = false;
    DL_DELETE(client->realtime->farewell->clients, client);
}

/* How many of `total` should be closed by now: the first at once. */
static size_t farewell_due(const struct farewell *farewell, int64_t now)
{
    int64_t elapsed = now - farewell->began;

    if (elapsed >= farewell->over_ms)
        return farewell->total;
    return 1 + (size_t)((uint64_t)elapsed * farewell->total / (uint64_t)farewell->over_ms);
}

static void close_next(struct farewell *farewell)
{
    struct client *client = farewell->clients;

    farewell->closed++;
    farewell_forget(client);
    peer_close(client->peer, CLOSE_SERVICE_RESTART, "the queue was replaced");
}

static void on_tick(struct wheel_entry *entry)
{
    struct farewell *farewell = container_of(entry, struct farewell, tick);
    struct realtime *realtime = farewell->realtime;
    size_t due = farewell_due(farewell, clock_steady_ms(realtime->clock));

    while (farewell->clients && farewell->closed < due)
        close_next(farewell);
    if (farewell->clients)
        wheel_start(realtime->wheel, entry, 1, on_tick);
}

/* Clients of an earlier farewell that are not closed yet are spread again with the others. */
static void farewell_begin(struct farewell *farewell)
{
    const struct realtime *realtime = farewell->realtime;
    const struct client *client;
    int64_t most = realtime->settings.drain_ms;

    farewell->total = farewell->closed = 0;
    DL_FOREACH (farewell->clients, client)
        farewell->total++;
    farewell->began = clock_steady_ms(realtime->clock);
    farewell->over_ms = (int64_t)farewell->total * FAREWELL_EACH_MS;
    if (farewell->over_ms > most)
        farewell->over_ms = most;
    on_tick(&farewell->tick);
}

void farewell_to_all(struct farewell *farewell)
{
    struct user *user;
    struct hash_walk walk = {0};

    while ((user = users_next(&farewell->realtime->users, &walk))) {
        struct client *client, *next;

        DL_FOREACH_SAFE (user->clients, client, next) {
            client_leave(client);
            client->is_leaving = true;
            DL_APPEND(farewell->clients, client);
        }
    }
    farewell_begin(farewell);
}
