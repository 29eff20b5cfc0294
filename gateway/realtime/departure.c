#include "gateway/realtime/departure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/delivery/delivery.h"
#include "gateway/realtime/client.h"
#include "gateway/store/store_hand_over.h"

/* How often clients that have become ready meanwhile are looked for. */
#define LOOK_MS 100
/* How many leavers are looked at in a tick of 1 ms, so that many who wait cost no more. */
#define STEPS_EACH_TICK 256
/* It takes so long at least, for clients that have just connected. */
#define LINGER_MS 1000
/* How much later than planned it may end: for marks that wait for a locked file. */
#define GRACE_MS 2000

/* A client whose turn has come. */
struct leaver {
    struct leaver *next, *prev;
    struct client *client; /* a reference */
    struct departure *departure;
    int64_t until; /* steady ms: then it waits for confirmations no more */
    bool is_asked; /* the store is asked to say when all is written */
};

struct departure {
    struct realtime *realtime;
    struct wheel_entry tick;
    bool is_running;
    int64_t began, spread_ms, patience_ms, looked_at;
    struct client **clients; /* references to those whose turn is still to come … */
    size_t total, next;      /* … from `next` on */
    struct leaver *leavers;  /* the first is looked at next */
    size_t leaver_count;
    void (*over)(void *context);
    void *context;
};

struct departure *departure_new(struct realtime *realtime)
{
    struct departure *departure = mem_zalloc(sizeof(*departure));

    departure->realtime = realtime;
    return departure;
}

static bool is_here(const struct client *client)
{
    return client->state == CLIENT_READY;
}

static void leaver_unlist(struct leaver *leaver)
{
    DL_DELETE(leaver->departure->leavers, leaver);
    leaver->departure->leaver_count--;
    leaver->departure = NULL;
}

/* The store's answer to a leaver is still to come where it was asked: that frees it. */
static void leaver_drop(struct leaver *leaver)
{
    leaver_unlist(leaver);
    if (leaver->is_asked)
        return;
    client_unref(leaver->client);
    free(leaver);
}

static void forget_waiting(struct departure *departure)
{
    while (departure->next < departure->total)
        client_unref(departure->clients[departure->next++]);
    free(departure->clients);
    departure->clients = NULL;
    departure->total = departure->next = 0;
}

void departure_stop(struct departure *departure)
{
    wheel_stop(&departure->tick);
    departure->is_running = false;
    forget_waiting(departure);
    while (departure->leavers)
        leaver_drop(departure->leavers);
}

void departure_free(struct departure *departure)
{
    departure_stop(departure);
    free(departure);
}

static void on_marked(void *context)
{
    struct leaver *leaver = context;
    struct client *client = leaver->client;

    bool is_awaited = leaver->departure != NULL;

    if (is_awaited)
        leaver_unlist(leaver);
    if (is_awaited && is_here(client))
        peer_close(client->peer, CLOSE_SERVICE_RESTART, "the gateway is being upgraded");
    client_unref(client);
    free(leaver);
}

static void leaver_step(struct leaver *leaver, int64_t now)
{
    struct client *client = leaver->client;
    bool owes = client->delivery && delivery_unconfirmed(client->delivery) > 0;

    if (!is_here(client)) {
        leaver_drop(leaver);
    } else if (!leaver->is_asked && (!owes || now >= leaver->until)) {
        leaver->is_asked = true;
        store_when_marked(client->realtime->store, on_marked, leaver);
    }
}

static void step_some(struct departure *departure, int64_t now)
{
    size_t count = departure->leaver_count;

    if (count > STEPS_EACH_TICK)
        count = STEPS_EACH_TICK;
    for (; count > 0 && departure->leavers; count--) {
        struct leaver *leaver = departure->leavers;

        DL_DELETE(departure->leavers, leaver);
        DL_APPEND(departure->leavers, leaver);
        leaver_step(leaver, now);
    }
}

/* The reference goes from the list of those who wait to the leaver. */
static void begin_next(struct departure *departure, int64_t now)
{
    struct client *client = departure->clients[departure->next++];
    struct leaver *leaver = mem_zalloc(sizeof(*leaver));

    leaver->client = client;
    leaver->departure = departure;
    leaver->until = now + departure->patience_ms;
    if (is_here(client) && client->delivery)
        delivery_hold(client->delivery);
    DL_APPEND(departure->leavers, leaver);
    departure->leaver_count++;
    leaver_step(leaver, now);
}

/* Calls `each` for all that are ready and not listed yet; NULL: counts them. */
static size_t walk_clients(
    struct departure *departure, void (*each)(struct departure *departure, struct client *client))
{
    struct hash_walk walk = {0};
    struct user *user;
    size_t count = 0;

    while ((user = users_next(&departure->realtime->users, &walk))) {
        struct client *client;

        DL_FOREACH (user->clients, client) {
            if (client->is_departing)
                continue;
            count++;
            if (each)
                each(departure, client);
        }
    }
    return count;
}

static void take_client(struct departure *departure, struct client *client)
{
    client->is_departing = true;
    departure->clients[departure->total++] = client_ref(client);
}

static void take_socketless(struct departure *departure, struct client *client)
{
    if (!peer_is_socketless(client->peer))
        return;
    take_client(departure, client);
    if (client->delivery)
        delivery_hold(client->delivery);
}

/* Lists all that are ready and are not listed yet, those first that are sent nothing more. */
static void look_for_clients(struct departure *departure, int64_t now)
{
    forget_waiting(departure);
    departure->looked_at = now;
    departure->clients = mem_array(walk_clients(departure, NULL) + 1, sizeof(struct client *));
    walk_clients(departure, take_socketless);
    walk_clients(departure, take_client);
}

/* How many of those listed should have begun by now: the first at once. */
static size_t due_now(const struct departure *departure, int64_t now)
{
    int64_t elapsed = now - departure->began;

    if (elapsed >= departure->spread_ms)
        return departure->total;
    return 1 + (size_t)((uint64_t)elapsed * departure->total / (uint64_t)departure->spread_ms);
}

static bool is_over(const struct departure *departure, int64_t now)
{
    int64_t elapsed = now - departure->began;

    if (elapsed >= departure->spread_ms + departure->patience_ms + GRACE_MS)
        return true;
    return elapsed >= LINGER_MS && departure->realtime->counters.clients == 0;
}

static void on_tick(struct wheel_entry *entry)
{
    struct departure *departure = container_of(entry, struct departure, tick);
    int64_t now = clock_steady_ms(departure->realtime->clock);
    size_t due = due_now(departure, now);

    while (departure->next < departure->total && departure->next < due)
        begin_next(departure, now);
    if (departure->next == departure->total && now >= departure->looked_at + LOOK_MS)
        look_for_clients(departure, now);
    step_some(departure, now);
    if (!is_over(departure, now)) {
        wheel_start(departure->realtime->wheel, entry, 1, on_tick);
        return;
    }
    departure_stop(departure);
    departure->over(departure->context);
}

void departure_begin(struct departure *departure, int64_t spread_ms, int64_t patience_ms,
    void (*over)(void *context), void *context)
{
    if (departure->is_running)
        return;
    departure->is_running = true;
    departure->over = over;
    departure->context = context;
    departure->began = clock_steady_ms(departure->realtime->clock);
    departure->spread_ms = spread_ms;
    departure->patience_ms = patience_ms;
    look_for_clients(departure, departure->began);
    wheel_start(departure->realtime->wheel, &departure->tick, 0, on_tick);
}
