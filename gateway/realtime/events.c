#include "gateway/realtime/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/notifications.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/refresh.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/subscriptions.h"
#include "gateway/realtime/talk.h"
#include "gateway/realtime/typing.h"

static void on_ping(struct client *client, const struct peer_event *event)
{
    char json[64];
    int len = snprintf(
        json, sizeof(json), "{\"timestamp\":%" PRId64 "}", clock_wall_ms(client->realtime->clock));

    client_send(client, "pong", json, (size_t)len);
    answer_ok(client, event->answer, NULL, 0);
}

static const struct entry {
    const char *name;
    void (*handle)(struct client *client, const struct peer_event *event);
    bool is_joining; /* it has a rate of its own: a page joins all its topics at once */
} table[] = {
    {"ping", on_ping, false},
    {"subscribe", subscriptions_subscribe, true},
    {"unsubscribe", subscriptions_unsubscribe, true},
    {"notification:get_count", notifications_get_count, false},
    {"notification:mark_read", notifications_mark_read, false},
    {"notification:mark_all_read", notifications_mark_all_read, false},
    {"notification:list", notifications_list, false},
    {"message:send", talk_send, false},
    {"message:history", talk_history, false},
    {"typing:start", typing_start, false},
    {"typing:stop", typing_stop, false},
    {"presence:get", presence_get, false},
    {"auth:refresh", refresh_token, false},
};

static const struct entry *find(const char *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(name, table[i].name) == 0)
            return &table[i];
    }
    return NULL;
}

static void deal_with(
    struct client *client, const struct peer_event *event, const struct entry *entry)
{
    if (entry) {
        entry->handle(client, event);
        return;
    }
    client->realtime->counters.events_unknown++;
    answer_error(client, event->name, event->answer, "unknown_event", "No such event");
}

/* As many topics as a connection may have, at once; whatever is more draws from the common rate. */
static bool may_join(struct client *client)
{
    struct realtime *realtime = client->realtime;
    struct rate_limit limit = realtime->settings.rate;

    limit.burst = (uint32_t)realtime->settings.max_topics;
    return rate_spare(&client->joins, &limit, clock_steady_ms(realtime->clock));
}

bool events_allow(struct client *client)
{
    struct realtime *realtime = client->realtime;
    int64_t now = clock_steady_ms(realtime->clock);
    enum rate_verdict verdict = rate_take(&client->rate, &realtime->settings.rate, now);

    if (verdict == RATE_FLOOD) {
        realtime->counters.floods++;
        peer_close(client->peer, CLOSE_TOO_MANY, "rate_limited");
    }
    if (verdict != RATE_TAKEN)
        realtime->counters.rate_limited++;
    return verdict == RATE_TAKEN;
}

void events_handle(struct peer *peer, const struct peer_event *event)
{
    struct client *client = peer_object(peer);
    const struct entry *entry;

    if (client->state == CLIENT_LEAVING && events_allow(client))
        answer_error(client, event->name, event->answer, "unavailable", "Try again later");
    if (client->state != CLIENT_READY)
        return;
    entry = find(event->name);
    client->heard = event;
    if ((entry && entry->is_joining && may_join(client)) || events_allow(client))
        deal_with(client, event, entry);
    else
        answer_error(client, event->name, event->answer, "rate_limited",
            "Too many events a second: slow down");
    client->heard = NULL;
    client_pace(client);
}
