#include "gateway/realtime/presence_introduction.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/queue/conversations.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/reply.h"
#include "gateway/realtime/room.h"

/* Whom it is about: lent ids. */
struct list {
    const char **ids;
    size_t count;
};

/* Should it be as it was before the next round, the round must say so. */
static void note_shown(const struct users *users, const char *id)
{
    struct user *user = users_find(users, id);

    if (user && user->told_online != user->is_online)
        user->was_shown = true;
}

static void send_states(
    struct client *client, const char *const *ids, const int64_t *last_seen, size_t count)
{
    struct buf json;

    buf_init(&json, PRESENCE_JSON_MAX);
    peer_cork(client->peer);
    for (size_t i = 0; i < count; i++) {
        buf_clear(&json);
        note_shown(&client->realtime->users, ids[i]);
        presence_state_write_user(client->realtime, &json, ids[i], last_seen ? last_seen[i] : 0);
        client_send(client, "presence", json.data, json.len);
    }
    peer_uncork(client->peer);
    buf_release(&json);
}

static void on_last_seen(void *context, const struct store_last_seen *answer)
{
    struct reply *reply = context;

    if (answer->verdict != STORE_OK)
        reply_refused(reply, answer->verdict);
    else if (reply_wanted(reply))
        send_states(reply->client, answer->users, answer->last_seen, answer->count);
    reply_free(reply);
}

/* Those of the user's contacts who are here, or are not. */
static struct list contacts_of(const struct user *user, bool online)
{
    const struct contacts *contacts = &user->contacts;
    struct list list = {.ids = mem_array(contacts->count + 1, sizeof(*list.ids))};

    for (size_t i = 0; i < contacts->count; i++) {
        const struct user *other = users_find(&user->realtime->users, contacts->ids[i]);

        if ((other && other->is_online) == online)
            list.ids[list.count++] = contacts->ids[i];
    }
    return list;
}

/* Everybody hears of everybody: those online, within the bound. */
static struct list everybody_but(const struct user *user)
{
    struct list list = {.ids = mem_array(STORE_CONTACTS_MAX, sizeof(*list.ids))};
    struct user *other, *next;

    HASH_ITER (hh, user->realtime->users.table, other, next) {
        if (other->is_online && other != user && list.count < STORE_CONTACTS_MAX)
            list.ids[list.count++] = other->id;
    }
    return list;
}

static void ask_about_absent(struct client *client)
{
    struct list absent = contacts_of(client->user, false);

    if (absent.count > 0)
        store_last_seen(client->realtime->store, absent.ids, absent.count, on_last_seen,
            reply_of_gateway(client, "subscribe"));
    free(absent.ids);
}

size_t presence_introduction_give(struct client *client)
{
    bool is_shared = client->realtime->settings.presence_scope == PRESENCE_SHARED;
    struct list present = is_shared ? contacts_of(client->user, true) : everybody_but(client->user);

    send_states(client, present.ids, NULL, present.count);
    free(present.ids);
    if (is_shared)
        ask_about_absent(client);
    return present.count;
}
