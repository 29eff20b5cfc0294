#include "gateway/realtime/client_life.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "gateway/realtime/broadcasts.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/client_log.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/following.h"
#include "gateway/realtime/own_topic.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/stale_rows.h"
#include "gateway/realtime/subscription.h"
#include "gateway/realtime/subscriptions.h"
#include "gateway/realtime/token_end.h"
#include "gateway/realtime/topic.h"
#include "gateway/realtime/typing.h"

#define CONNECTED_MAX 8192

static void add_member(struct buf *json, const char *key, const char *text)
{
    buf_addf(json, "\"%s\":", key);
    if (text)
        buf_add_json_string(json, text, strlen(text));
    else
        buf_add_text(json, "null");
    buf_add_char(json, ',');
}

static void send_connected(struct client *client, const char *queue)
{
    char expires[CLOCK_ISO_SIZE], now[CLOCK_ISO_SIZE];
    struct buf json;

    clock_iso(client->claims.expires_at * 1000, expires);
    clock_iso(clock_wall_ms(client->realtime->clock), now);
    buf_init(&json, CONNECTED_MAX);
    buf_add_char(&json, '{');
    add_member(&json, "userId", client->claims.subject);
    add_member(&json, "userEmail", client->claims.email);
    add_member(&json, "sessionExpiresAt", expires);
    add_member(&json, "queue", queue);
    if (peer_session(client->peer))
        add_member(&json, "session", peer_session(client->peer));
    buf_addf(&json, "\"serverTime\":\"%s\"}", now);
    client_send(client, "connected", json.data, json.len);
    buf_release(&json);
}

static void auto_subscribe_to(
    struct client *client, const char *topic, const struct store_attached *attached)
{
    bool leaves = client->chooses_topics;

    if (strcmp(topic, TOPIC_FOLLOWING) == 0) {
        (leaves ? following_end : following_begin)(client);
        return;
    }
    switch (topic_right(topic, &client->claims)) {
    case TOPIC_OWN:
        if (leaves)
            own_topic_leave(client);
        else
            own_topic_join(client, attached);
        break;
    case TOPIC_ALLOWED:
        (leaves ? subscription_leave : subscription_join)(client, topic);
        break;
    default:
        break;
    }
}

void client_auto_subscribe(struct client *client, const struct store_attached *attached)
{
    const struct config_list *topics = client->realtime->settings.auto_subscribe;

    for (size_t i = 0; i < topics->count; i++)
        auto_subscribe_to(client, topics->items[i], attached);
}

void client_ready(struct client *client, const struct store_attached *attached)
{
    client->state = CLIENT_READY;
    client->highest = attached->highest;
    client->realtime->counters.accepted++;
    histogram_note_us(
        &client->realtime->handshakes, clock_steady_us(client->realtime->clock) - client->asked_at);
    client_log_connected(client);
    DL_APPEND(client->user->clients, client);
    peer_cork(client->peer);
    peer_accept(client->peer, "/");
    send_connected(client, attached->queue);
    client_trim_claims(client);
    client_set_counts(client->user, &attached->counts, client, COUNT_UNREAD);
    token_end_begin(client);
    client_auto_subscribe(client, attached);
    broadcasts_join_all(client, attached->heard_all);
    presence_came(client->user);
    peer_uncork(client->peer);
}

/* Ends everything that the client takes part in. */
static void client_part(struct client *client)
{
    struct realtime *realtime = client->realtime;

    wheel_stop(&client->expiry);
    own_topic_leave(client);
    typing_end_all(client);
    subscriptions_end(client);
    broadcasts_leave_all(client);
    feeds_end(client);
    stale_rows_end(client);
    if (client->state == CLIENT_READY) {
        DL_DELETE(client->user->clients, client);
        if (realtime->store)
            store_detach(realtime->store, client->user->id, client->claims.session);
        presence_went(client->user, clock_wall_ms(realtime->clock));
    }
    if (client->user)
        users_leave(&realtime->users, client->user);
    client->user = NULL;
}

void client_leave(struct client *client)
{
    client_part(client);
    client->state = CLIENT_LEAVING;
    peer_go_on(client->peer);
}

void client_gone(struct client *client)
{
    if (client->state != CLIENT_LEAVING)
        client_part(client);
    client->peer = NULL;
    client->state = CLIENT_GONE;
    client->realtime->counters.clients--;
    client_unref(client);
}
