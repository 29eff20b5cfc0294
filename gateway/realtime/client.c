#include "gateway/realtime/client.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/broadcasts.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/following.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/subscriptions.h"
#include "gateway/realtime/topic.h"
#include "gateway/realtime/typing.h"

#define WARNING_MAX_MS (300 * 1000)
#define WARNING_SHARE 10 /* of the token's life */
#define CONNECTED_MAX 8192
/* Octets of small answers that may wait while further requests are read. */
#define PACED_OCTETS 16384

struct client *client_new(struct realtime *realtime, struct peer *peer)
{
    struct client *client = mem_zalloc(sizeof(*client));

    client->realtime = realtime;
    client->peer = peer;
    client->references = 1;
    client->subscriber.owner = client->inner.owner = client;
    token_claims_init(&client->claims);
    realtime->counters.clients++;
    return client;
}

struct client *client_ref(struct client *client)
{
    client->references++;
    return client;
}

void client_unref(struct client *client)
{
    if (--client->references > 0)
        return;
    token_claims_release(&client->claims);
    free(client);
}

struct store_token client_token(const struct token_claims *claims)
{
    return (struct store_token){
        .user = claims->subject,
        .issued_at = claims->issued_at,
        .session = claims->session,
    };
}

void client_send(struct client *client, const char *name, const char *json, size_t len)
{
    struct event *event = event_new(name, json, len);

    peer_send(client->peer, event);
    event_unref(event);
}

void client_send_unread(struct client *client)
{
    char number[24];
    int len = snprintf(number, sizeof(number), "%" PRId64, client->user->unread);

    client_send(client, "notification:unread_count", number, (size_t)len);
}

void client_set_unread(struct user *user, int64_t unread, const struct client *always)
{
    bool changed = user->unread != unread;
    struct client *client;

    user->unread = unread;
    DL_FOREACH (user->clients, client) {
        if (changed || client == always)
            client_send_unread(client);
    }
}

bool client_has_room(struct client *client)
{
    size_t most = client->realtime->settings.max_buffer;

    if (peer_unasked(client->peer) <= most)
        return true;
    /* Output is gathered for a turn: the socket may take it now. */
    peer_push(client->peer);
    return peer_unasked(client->peer) <= most;
}

void client_tell(struct client *client, struct event *event)
{
    if (client->state != CLIENT_READY)
        return;
    if (client_has_room(client))
        peer_send(client->peer, event);
    else
        client->realtime->counters.dropped++;
}

static bool must_wait(const struct client *client)
{
    if (client->asked >= REPLIES_WEIGHT_MAX)
        return true;
    if (peer_asked(client->peer) <= PACED_OCTETS)
        return false;
    peer_push(client->peer);
    return peer_asked(client->peer) > PACED_OCTETS;
}

void client_pace(struct client *client)
{
    if (client->state != CLIENT_READY)
        return;
    if (must_wait(client))
        peer_hold(client->peer);
    else
        peer_go_on(client->peer);
}

struct client *client_of_subscriber(struct subscriber *subscriber)
{
    return subscriber->owner;
}

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
    buf_addf(&json, "\"serverTime\":\"%s\"}", now);
    client_send(client, "connected", json.data, json.len);
    buf_release(&json);
}

static struct client *client_of_expiry(struct wheel_entry *entry)
{
    return container_of(entry, struct client, expiry);
}

static void send_expiring(struct client *client, int64_t seconds)
{
    char json[48];
    int len = snprintf(json, sizeof(json), "{\"expiresIn\":%" PRId64 "}", seconds);

    client->told_end = client->claims.expires_at;
    client_send(client, "auth:expiring", json, (size_t)len);
}

static void on_expiry(struct wheel_entry *entry)
{
    struct client *client = client_of_expiry(entry);
    struct realtime *realtime = client->realtime;
    int64_t now = clock_wall_seconds(realtime->clock);

    if (now >= client->claims.expires_at + realtime->settings.policy.leeway) {
        realtime->counters.expired++;
        peer_close(client->peer, CLOSE_UNAUTHENTICATED, "token_expired");
        return;
    }
    client_watch_expiry(client);
}

/* How long before its end a token is warned of. One that does not say when it was made began when
 * it was taken. */
static int64_t warning_ms(const struct client *client)
{
    const struct token_claims *claims = &client->claims;
    int64_t began = claims->issued_at >= 0 ? claims->issued_at : client->taken_at;
    int64_t life = (claims->expires_at - began) * 1000;
    int64_t share = life > 0 ? life / WARNING_SHARE : 0;

    return share < WARNING_MAX_MS ? share : WARNING_MAX_MS;
}

void client_token_taken(struct client *client)
{
    client->taken_at = clock_wall_seconds(client->realtime->clock);
    client_watch_expiry(client);
}

void client_watch_expiry(struct client *client)
{
    struct realtime *realtime = client->realtime;
    int64_t now = clock_wall_ms(realtime->clock);
    int64_t end = client->claims.expires_at * 1000;
    int64_t warning = end - warning_ms(client);
    int64_t last = end + realtime->settings.policy.leeway * 1000;

    if (client->claims.expires_at > client->told_end && now >= warning && now < end)
        send_expiring(client, (end - now + 999) / 1000);
    wheel_start(
        realtime->wheel, &client->expiry, (now < warning ? warning : last) - now, on_expiry);
}

void client_auto_subscribe(struct client *client, const struct store_attached *attached)
{
    struct realtime *realtime = client->realtime;
    const struct config_list *topics = realtime->settings.auto_subscribe;

    for (size_t i = 0; i < topics->count; i++) {
        const char *topic = topics->items[i];

        if (strcmp(topic, FOLLOWING_TOPIC) == 0) {
            if (client->chooses_topics)
                following_end(client);
            else
                following_begin(client);
            continue;
        }
        switch (topic_right(topic, &client->claims)) {
        case TOPIC_OWN:
            if (client->chooses_topics)
                client_end_delivery(client);
            else if (!client->delivery)
                client_begin_delivery(client, attached);
            break;
        case TOPIC_ALLOWED:
            if (client->chooses_topics)
                subscriptions_leave(client, topic);
            else
                subscriptions_join(client, topic);
            break;
        default:
            break;
        }
    }
}

struct delivery *client_any_delivery(const struct user *user)
{
    const struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->delivery)
            return client->delivery;
    }
    return NULL;
}

void client_begin_delivery(struct client *client, const struct store_attached *attached)
{
    client->delivery = delivery_begin(&client->realtime->delivery, client->peer, client->user->id,
        client->acknowledges, client->known, attached, client_any_delivery(client->user));
    broadcasts_join_own(client);
}

void client_end_delivery(struct client *client)
{
    delivery_end(&client->delivery);
    broadcasts_leave_own(client);
}

void client_ready(struct client *client, const struct store_attached *attached)
{
    client->state = CLIENT_READY;
    client->known = attached->highest;
    client->realtime->counters.accepted++;
    DL_APPEND(client->user->clients, client);
    peer_accept(client->peer, "/");
    send_connected(client, attached->queue);
    client_set_unread(client->user, attached->unread, client);
    client_token_taken(client);
    client_auto_subscribe(client, attached);
    broadcasts_join_all(client);
    presence_came(client->user);
}

/* Whatever it is to others, and they to it. */
static void part(struct client *client)
{
    struct realtime *realtime = client->realtime;

    wheel_stop(&client->expiry);
    client_end_delivery(client);
    typing_end_all(client);
    subscriptions_end(client);
    broadcasts_leave_all(client);
    feeds_end(client);
    if (client->state == CLIENT_READY) {
        DL_DELETE(client->user->clients, client);
        if (realtime->store)
            store_detach(realtime->store, client->user->id, client->claims.session);
        if (!client->user->clients)
            presence_went(client->user);
    }
    if (client->user)
        users_leave(&realtime->users, client->user);
    client->user = NULL;
}

void client_leave(struct client *client)
{
    part(client);
    client->state = CLIENT_LEAVING;
    peer_go_on(client->peer);
}

void client_gone(struct client *client)
{
    farewell_forget(client);
    if (client->state != CLIENT_LEAVING)
        part(client);
    client->peer = NULL;
    client->state = CLIENT_GONE;
    client->realtime->counters.clients--;
    client_unref(client);
}
