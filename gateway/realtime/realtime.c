#include "gateway/realtime/realtime.h"

#include <stddef.h>
#include <stdlib.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/client_end.h"
#include "gateway/realtime/client_life.h"
#include "gateway/realtime/client_log.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/departure.h"
#include "gateway/realtime/events.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/farewell.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/hub.h"
#include "gateway/realtime/login.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/presence_elsewhere.h"
#include "gateway/realtime/presence_round.h"
#include "gateway/realtime/recent_ends.h"
#include "gateway/realtime/stale_rows.h"
#include "gateway/realtime/token_end.h"
#include "gateway/realtime/typing.h"
#include "gateway/store/store_conversations.h"

#define DRIFT_CHECK_MS 1000
#define DRIFT_MS 500
/* When events have waited for so long without a gap, and too many do, the log says so. */
#define OVERLOAD_MS 1000
/* The log gives the same reason for refusing a token at most this often. */
#define REFUSALS_EACH_MINUTE 10

static void settings_apply(struct realtime *realtime, const struct realtime_settings *settings)
{
    realtime->settings = *settings;
    realtime->delivery.window_rows = settings->delivery_window;
    realtime->delivery.window_bytes = settings->delivery_bytes;
    realtime->delivery.confirm_timeout_ms = settings->confirm_timeout_ms;
}

static int64_t drift_now(const struct realtime *realtime)
{
    return clock_wall_ms(realtime->clock) - clock_steady_ms(realtime->clock);
}

/* Tokens end by wall time, and timers run by steady time. When the two drift apart (the machine
 * slept, or somebody set the clock), the timers of all tokens are set again. */
static void on_drift_check(struct wheel_entry *entry)
{
    struct realtime *realtime = container_of(entry, struct realtime, drift_check);
    int64_t drift = drift_now(realtime);

    wheel_start(realtime->wheel, entry, DRIFT_CHECK_MS, on_drift_check);
    if (llabs(drift - realtime->drift) > DRIFT_MS) {
        struct user *user;
        struct hash_walk walk = {0};

        realtime->drift = drift;
        while ((user = users_next(&realtime->users, &walk))) {
            struct client *client;

            DL_FOREACH (user->clients, client)
                token_end_reset(client);
        }
    }
}

static void on_subscription_ended(struct subscription *subscription)
{
    feed_end_all(subscription);
}

/* More than can be sent. A burst is none of that: it has been sent within a second. */
static void log_overload(struct realtime *realtime)
{
    log_paced(realtime->log, LOG_WARN, &realtime->overload,
        "messages and broadcasts come faster than they can be sent: %zu wait here, and the rest in "
        "the queue (messages, broadcasts), in order; none is lost. Watch "
        "belfry_queue_broadcast_waited_seconds; insert fewer, or have fewer subscribers of "
        "one "
        "topic",
        fanout_waiting(realtime->fanout));
}

static void on_hold(struct realtime *realtime, bool yes)
{
    realtime->counters.held_back += yes;
    if (yes && fanout_busy_ms(realtime->fanout) >= OVERLOAD_MS)
        log_overload(realtime);
    if (realtime->store)
        store_hold_topics(realtime->store, yes);
}

struct realtime *realtime_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct realtime_settings *settings)
{
    struct realtime *realtime = mem_zalloc(sizeof(*realtime));

    realtime->wheel = wheel;
    realtime->clock = clock;
    realtime->log = log;
    realtime->refusals.each = REFUSALS_EACH_MINUTE;
    realtime->comings.each = realtime->goings.each = CLIENT_LOG_EACH_MINUTE;
    realtime->overload.each = 1;
    realtime->hub = hub_new(on_subscription_ended);
    realtime->inner = hub_new(on_subscription_ended);
    realtime->fanout = fanout_new(loop, realtime, on_hold);
    realtime->farewell = farewell_new(realtime);
    realtime->departure = departure_new(realtime);
    realtime->ends = recent_ends_new(clock_wall_ms(clock));
    realtime->presence = presence_round_new(loop, wheel, &presence_work);
    realtime->inquire = presence_inquire;
    realtime->users.ended = presence_on_user_ended;
    realtime->delivery.wheel = wheel;
    realtime->delivery.clock = clock;
    settings_apply(realtime, settings);
    realtime->drift = drift_now(realtime);
    wheel_start(wheel, &realtime->drift_check, DRIFT_CHECK_MS, on_drift_check);
    return realtime;
}

void realtime_end(struct realtime *realtime)
{
    realtime->is_ending = true;
    presence_elsewhere_forget(realtime);
    presence_end(realtime);
}

void realtime_depart(struct realtime *realtime, int64_t spread_ms, int64_t patience_ms,
    void (*over)(void *context), void *context)
{
    departure_begin(realtime->departure, spread_ms, patience_ms, over, context);
}

void realtime_stay(struct realtime *realtime)
{
    departure_stop(realtime->departure);
}

void realtime_free(struct realtime *realtime)
{
    realtime->store = NULL;
    wheel_stop(&realtime->drift_check);
    typing_forget(realtime);
    departure_free(realtime->departure);
    recent_ends_free(realtime->ends);
    farewell_free(realtime->farewell);
    presence_round_free(realtime->presence);
    fanout_free(realtime->fanout);
    hub_free(realtime->hub);
    hub_free(realtime->inner);
    free(realtime);
}

void realtime_set_store(struct realtime *realtime, struct store *store)
{
    realtime->store = store;
    realtime->delivery.store = store;
}

void realtime_update(struct realtime *realtime, const struct realtime_settings *settings)
{
    enum presence_scope before = realtime->settings.presence_scope;

    settings_apply(realtime, settings);
    if (settings->presence_scope != before)
        presence_rescope(realtime);
}

void realtime_counters(const struct realtime *realtime, struct realtime_counters *counters)
{
    *counters = realtime->counters;
    counters->notifications_sent = realtime->delivery.sent;
    counters->notifications_confirmed = realtime->delivery.confirmed;
    counters->confirmations_overdue = realtime->delivery.overdue;
    counters->unconfirmed = realtime->delivery.unconfirmed;
    counters->windows_full = realtime->delivery.full;
    counters->handshakes = histogram_copy(&realtime->handshakes);
    counters->send_times = histogram_copy(&realtime->delivery.times.send);
    counters->confirm_times = histogram_copy(&realtime->delivery.times.confirm);
    counters->users = users_count(&realtime->users);
    counters->fanout_waiting = fanout_waiting(realtime->fanout);
    counters->topics = hub_topics(realtime->hub);
    counters->subscriptions = hub_subscriptions(realtime->hub);
}

static struct delivery *delivery_of(struct peer *peer)
{
    struct client *client = peer_object(peer);

    return client ? client->delivery : NULL;
}

/* Input that leads to no event costs as much as one, even before the login. */
static bool on_refused(struct peer *peer)
{
    struct client *client = peer_object(peer);

    if (!client) {
        client = client_new(peer_owner_context(peer), peer);
        peer_set_object(peer, client);
    }
    return client_may_say(client);
}

static bool on_acknowledged(struct peer *peer, uint32_t id)
{
    struct delivery *delivery = delivery_of(peer);

    return delivery && delivery_acknowledged(delivery, id);
}

static void on_confirmed(struct peer *peer, uint32_t sequence)
{
    struct delivery *delivery = delivery_of(peer);

    if (delivery)
        delivery_confirmed(delivery, sequence);
}

static void on_drained(struct peer *peer)
{
    struct client *client = peer_object(peer);

    if (!client)
        return;
    feeds_go_on(client);
    stale_rows_go_on(client);
    client_pace(client);
}

static void on_left(struct peer *peer, const char *namespace)
{
    (void)namespace;
    peer_close(peer, CLOSE_NORMAL, "disconnected by the client");
}

static void on_closed(struct peer *peer, int code)
{
    struct client *client = peer_object(peer);

    client_log_gone(peer_owner_context(peer), peer, code);
    client_end_keep(peer_owner_context(peer), peer, code);
    if (!client)
        return;
    farewell_forget(client);
    client_gone(client);
}

static bool on_owes(const struct peer *peer)
{
    const struct client *client = peer_object(peer);

    return client && client->delivery && delivery_unconfirmed(client->delivery) > 0;
}

const struct peer_owner realtime_peers = {
    .connect = login_connect,
    .again = login_again,
    .vouch = login_vouch,
    .owes = on_owes,
    .event = events_handle,
    .refused = on_refused,
    .acknowledged = on_acknowledged,
    .confirmed = on_confirmed,
    .drained = on_drained,
    .left = on_left,
    .closed = on_closed,
};
