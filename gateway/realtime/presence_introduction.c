#include "gateway/realtime/presence_introduction.h"

#include <stdlib.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/inquiry.h"
#include "gateway/realtime/presence_round.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_presence.h"

static void send_state(struct client *client, struct buf *json, const char *id, int64_t last_seen)
{
    buf_clear(json);
    presence_state_write_user(client->realtime, json, id, last_seen);
    client_send(client, "presence", json->data, json->len);
}

/* Whether the next round tells everybody that they came; it does, even if they go before it. */
static bool is_announced_next(struct user *user)
{
    if (!user->is_online || user->told_online)
        return false;
    user->was_shown = true;
    return true;
}

static size_t show_contacts(struct client *client, struct buf *json)
{
    const struct contacts *contacts = &client->user->contacts;

    for (size_t i = 0; i < contacts->count; i++) {
        struct user *other = contacts->users[i];

        if (!is_announced_next(other))
            send_state(client, json, other->id, other->left_at);
    }
    return contacts->count;
}

/* Tells about online users, at most STORE_CONTACTS_MAX. */
static size_t show_everybody(struct client *client, struct buf *json)
{
    struct user *other;
    struct hash_walk walk = {0};
    size_t count = 0;

    while ((other = users_next(&client->realtime->users, &walk))) {
        if (!other->is_online || other == client->user || count == STORE_CONTACTS_MAX)
            continue;
        send_state(client, json, other->id, 0);
        count++;
    }
    return count;
}

void presence_introduction_want(struct client *client)
{
    if (hub_joined(client->realtime->hub, &client->subscriber, TOPIC_PRESENCE) &&
        client->realtime->settings.presence_scope != PRESENCE_OFF)
        presence_round_introduce(client->realtime->presence, client);
}

size_t presence_introduction_give(struct client *client)
{
    bool is_shared = client->realtime->settings.presence_scope == PRESENCE_SHARED;
    struct buf json;
    size_t count;

    buf_init(&json, PRESENCE_JSON_MAX);
    peer_cork(client->peer);
    count = is_shared ? show_contacts(client, &json) : show_everybody(client, &json);
    peer_uncork(client->peer);
    buf_release(&json);
    if (is_shared) {
        client->absent = ABSENT_WANTED;
        inquiry_want(client->user, INQUIRE_ABSENT);
    }
    return count;
}

/* Users who are online are left out: the client was shown them, or will be told. */
static void show_absent(struct client *client, const struct store_seen *answer)
{
    struct buf json;

    buf_init(&json, PRESENCE_JSON_MAX);
    peer_cork(client->peer);
    for (size_t i = 0; i < answer->count; i++) {
        const struct user *other = users_find(&client->realtime->users, answer->users[i]);

        if (!other || !other->is_online)
            send_state(client, &json, answer->users[i], answer->last_seen[i]);
    }
    peer_uncork(client->peer);
    buf_release(&json);
}

static void take_absent(struct client *client, const struct store_seen *answer)
{
    bool is_good = answer->verdict == STORE_OK;

    if (client->absent != ABSENT_ASKED)
        return;
    client->absent = is_good ? ABSENT_NONE : ABSENT_WANTED;
    if (is_good && hub_joined(client->realtime->hub, &client->subscriber, TOPIC_PRESENCE) &&
        client->realtime->settings.presence_scope == PRESENCE_SHARED)
        show_absent(client, answer);
}

static void on_absent(void *context, const struct store_seen *answer)
{
    struct user *user = context;
    struct client *client, *next;

    DL_FOREACH_SAFE (user->clients, client, next)
        take_absent(client, answer);
    inquiry_settle(user, INQUIRE_ABSENT, answer->verdict == STORE_OK);
}

void presence_introduction_ask(struct user *user)
{
    struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->absent == ABSENT_WANTED)
            client->absent = ABSENT_ASKED;
    }
    store_contacts(user->realtime->store, user->id, on_absent, user);
}
