#include "gateway/realtime/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/json.h"
#include "gateway/framing/refusal.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/notifications.h"
#include "gateway/realtime/presence_get.h"
#include "gateway/realtime/refresh.h"
#include "gateway/realtime/reply.h"
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
    {"notification:mark_unread", notifications_mark_unread, false},
    {"notification:archive", notifications_archive, false},
    {"notification:unarchive", notifications_unarchive, false},
    {"notification:mark_seen", notifications_mark_seen, false},
    {"notification:list", notifications_list, false},
    {"message:send", talk_send, false},
    {"message:history", talk_history, false},
    {"typing:start", typing_start, false},
    {"typing:stop", typing_stop, false},
    {"presence:get", presence_get, false},
    {"auth:refresh", refresh_token, false},
};

static const struct entry *entry_find(const char *name)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strcmp(name, table[i].name) == 0)
            return &table[i];
    }
    return NULL;
}

static void entry_handle(
    struct client *client, const struct peer_event *event, const struct entry *entry)
{
    if (entry) {
        entry->handle(client, event);
        return;
    }
    answer_error(client, event->name, event->answer, "unknown_event", "No such event");
}

void events_handle(struct peer *peer, const struct peer_event *event)
{
    struct client *client = peer_object(peer);
    struct realtime *realtime = client->realtime;
    const struct entry *entry;

    if (client->state == CLIENT_LEAVING && client_may_say(client))
        answer_error(client, event->name, event->answer, refusal_unavailable.code,
            refusal_unavailable.message);
    if (client->state != CLIENT_READY)
        return;
    entry = entry_find(event->name);
    realtime->handled = event;
    if (entry && entry->is_joining ? client_may_join(client) : client_may_say(client))
        entry_handle(client, event, entry);
    else
        answer_error(client, event->name, event->answer, refusal_rate_limited.code,
            refusal_rate_limited.message);
    realtime->handled = NULL;
    client_pace(client);
}
