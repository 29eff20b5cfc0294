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

static const struct {
    const char *name;
    void (*handle)(struct client *client, const struct peer_event *event);
} table[] = {
    {"ping", on_ping},
    {"subscribe", subscriptions_subscribe},
    {"unsubscribe", subscriptions_unsubscribe},
    {"notification:get_count", notifications_get_count},
    {"notification:mark_read", notifications_mark_read},
    {"notification:mark_all_read", notifications_mark_all_read},
    {"notification:list", notifications_list},
    {"message:send", talk_send},
    {"message:history", talk_history},
    {"typing:start", typing_start},
    {"typing:stop", typing_stop},
    {"presence:get", presence_get},
    {"auth:refresh", refresh_token},
};

static void dispatch(struct client *client, const struct peer_event *event)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(event->name, table[i].name) == 0) {
            table[i].handle(client, event);
            return;
        }
    }
    client->realtime->counters.events_unknown++;
    answer_error(client, event->name, event->answer, "unknown_event", "No such event");
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

    if (client->state != CLIENT_READY)
        return;
    if (events_allow(client))
        dispatch(client, event);
    else
        answer_error(client, event->name, event->answer, "rate_limited",
            "Too many events a second: slow down");
    client_pace(client);
}
