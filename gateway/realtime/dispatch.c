/* dispatch (realtime_news): passes the store's news to the clients concerned. */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/json.h"
#include "common/memory.h"
#include "gateway/realtime/broadcasts.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/farewell.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/following.h"
#include "gateway/realtime/inbox_fanout.h"
#include "gateway/realtime/membership.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/presence_contacts.h"
#include "gateway/realtime/presence_elsewhere.h"
#include "gateway/realtime/realtime.h"
#include "gateway/realtime/stale_rows.h"
#include "gateway/realtime/talk.h"
#include "gateway/realtime/topic.h"
#include "gateway/realtime/typing.h"
#include "gateway/store/store_conversations.h"

static struct client *clients_of(struct realtime *realtime, const char *id, struct user **user)
{
    *user = users_find(&realtime->users, id);
    return *user ? (*user)->clients : NULL;
}

static void on_row(void *context, const struct store_row *row)
{
    struct user *user;
    struct client *clients = clients_of(context, row->user, &user), *client;
    struct event *event;

    if (!clients)
        return;
    event = event_new("notification", row->json, row->len);
    DL_FOREACH (clients, client) {
        if (client->delivery)
            delivery_news(client->delivery, row, event);
    }
    event_unref(event);
}

static void on_due(void *context, const char *id, const char *mark)
{
    struct user *user;
    struct client *clients = clients_of(context, id, &user), *client;

    DL_FOREACH (clients, client) {
        if (client->delivery)
            delivery_due(client->delivery, mark);
    }
}

static void on_set_back(void *context, const char *id, const int64_t *ids, size_t count)
{
    struct user *user;
    struct client *clients = clients_of(context, id, &user), *client;

    DL_FOREACH (clients, client) {
        if (client->delivery)
            delivery_set_back(client->delivery, ids, count);
    }
}

static void on_unread(void *context, const char *id, const struct store_counts *counts)
{
    struct user *user = users_find(&((struct realtime *)context)->users, id);

    if (user)
        client_set_counts(user, counts, NULL, COUNT_UNREAD);
}

static void on_revoked(void *context, const char *id, int64_t not_before)
{
    struct realtime *realtime = context;
    struct user *user;
    struct client *clients = clients_of(realtime, id, &user), *client;

    DL_FOREACH (clients, client) {
        /* Also a token without `iat`, which is -1. */
        if (client->claims.issued_at <= not_before) {
            realtime->counters.revoked++;
            peer_dismiss(client->peer, CLOSE_REVOKED, "session_revoked");
        }
    }
}

static bool is_of_session(const struct client *client, const char *hash)
{
    const char *session = client->claims.session;
    size_t len = strlen(hash);

    return session && strncmp(session, hash, len) == 0 && session[len] == '.';
}

/* No disconnect packet: if the session was renewed under another token, the client reconnects with
 * a token of that session; a user who has logged out gets none. */
static void on_session_over(void *context, const char *id, const char *hash)
{
    struct realtime *realtime = context;
    struct user *user;
    struct client *clients = clients_of(realtime, id, &user), *client, *next;

    DL_FOREACH_SAFE (clients, client, next) {
        if (is_of_session(client, hash)) {
            realtime->counters.sessions_over++;
            peer_close(client->peer, CLOSE_UNAUTHENTICATED, "session_over");
        }
    }
}

static bool in_flight(const struct user *user, int64_t id)
{
    const struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->delivery && delivery_in_flight(client->delivery, id))
            return true;
    }
    return false;
}

static void on_expiring(void *context, const char *id, const int64_t *ids, size_t count)
{
    struct realtime *realtime = context;
    struct user *user = users_find(&realtime->users, id);
    int64_t *free_ids = mem_array(count + 1, sizeof(*free_ids));
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!user || !in_flight(user, ids[i]))
            free_ids[kept++] = ids[i];
    }
    if (kept > 0 && realtime->store)
        store_expire(realtime->store, free_ids, kept);
    free(free_ids);
}

/* Calls `act` for each client that is ready. */
static void each_client(struct realtime *realtime, void (*act)(struct client *client))
{
    struct user *user;
    struct hash_walk walk = {0};

    while ((user = users_next(&realtime->users, &walk))) {
        struct client *client, *next;

        DL_FOREACH_SAFE (user->clients, client, next)
            act(client);
    }
}

static void client_resume(struct client *client)
{
    feeds_go_on(client);
    stale_rows_go_on(client);
    if (client->delivery)
        delivery_resume(client->delivery);
}

static void on_available(void *context)
{
    struct realtime *realtime = context;

    log_info(realtime->log, "queue available");
    each_client(realtime, client_resume);
}

static void on_unavailable(void *context, const struct reason *why)
{
    struct realtime *realtime = context;

    log_error(realtime->log, "queue unavailable, connections stay, rows wait: %s", why->text);
}

/* Whatever is not understood is of another version, and passed over. */
static void on_said(void *context, const char *text)
{
    json_t *said = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const char *type = json_text(said, "type");

    if (type && strcmp(type, "typing") == 0)
        typing_on_said(context, said);
    json_decref(said);
}

static void on_replaced(void *context)
{
    struct realtime *realtime = context;

    realtime->broadcasts_highest = 0;
    log_warn(realtime->log, "the queue begins anew: all clients are sent to connect again");
    presence_elsewhere_forget(realtime);
    presence_forget(realtime);
    farewell_to_all(realtime->farewell);
}

static void on_end(void *context)
{
    delivery_flush_all(&((struct realtime *)context)->delivery);
}

static void on_lost(struct user *user, const char *conversation)
{
    char topic[TOPIC_MAX + 1];
    struct client *client;

    topic_write_conversation(topic, conversation);
    DL_FOREACH (user->clients, client) {
        if (membership_lose(client, topic))
            following_more(client);
    }
}

static void on_member(void *context, const char *conversation, const char *id, bool is_member)
{
    struct realtime *realtime = context;
    struct user *user = users_find(&realtime->users, id);

    presence_contacts_moved(realtime, conversation, id, is_member);
    if (user && is_member)
        following_one(user, conversation);
    else if (user)
        on_lost(user, conversation);
}

static const struct store_conversation_news conversation_news = {
    .message = talk_on_message,
    .member = on_member,
    .broadcast = broadcasts_on_broadcast,
};

const struct store_news realtime_news = {
    .row = on_row,
    .due = on_due,
    .set_back = on_set_back,
    .unread = on_unread,
    .updated = inbox_fanout_on_updated,
    .removed = inbox_fanout_on_removed,
    .marked = inbox_fanout_on_marked,
    .revoked = on_revoked,
    .session_over = on_session_over,
    .expiring = on_expiring,
    .said = on_said,
    .elsewhere = presence_elsewhere_on,
    .available = on_available,
    .unavailable = on_unavailable,
    .replaced = on_replaced,
    .end = on_end,
    .conversations = &conversation_news,
};
