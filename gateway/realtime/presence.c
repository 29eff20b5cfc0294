#include "gateway/realtime/presence.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/queue/conversations.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/room.h"

/* How long changes are gathered. */
#define GATHER_MS 100

static void on_gathered(struct wheel_entry *entry);

static enum presence_scope scope_of(const struct realtime *realtime)
{
    return realtime->settings.presence_scope;
}

static void mark_changed(struct user *user)
{
    struct realtime *realtime = user->realtime;
    struct changed_users *changed = &realtime->changed;

    if (user->is_changed)
        return;
    user->is_changed = true;
    if (changed->count == changed->size) {
        changed->size = changed->size ? changed->size * 2 : 16;
        changed->users = mem_resize(changed->users, changed->size * sizeof(*changed->users));
    }
    changed->users[changed->count++] = users_ref(user);
    if (!wheel_started(&realtime->gather))
        wheel_start(realtime->wheel, &realtime->gather, GATHER_MS, on_gathered);
}

/* Both sets are of the same relation; the fresher one sets the other right. */
static void settle_with_others(struct user *user, const struct contacts *old)
{
    struct users *users = &user->realtime->users;

    for (size_t i = 0; i < old->count; i++) {
        struct user *other = users_find(users, old->ids[i]);

        if (other && !contacts_hold(&user->contacts, old->ids[i]))
            contacts_remove(&other->contacts, user->id);
    }
    for (size_t i = 0; i < user->contacts.count; i++) {
        struct user *other = users_find(users, user->contacts.ids[i]);

        if (other && other->contacts_known && other->contacts.count < STORE_CONTACTS_MAX)
            contacts_add(&other->contacts, user->id);
    }
}

static void on_contacts(void *context, const struct store_contacts *answer)
{
    struct user *user = context;
    struct realtime *realtime = user->realtime;
    struct contacts old = user->contacts;

    if (answer->verdict == STORE_OK) {
        user->contacts = contacts_new(answer->users, answer->count);
        user->contacts_known = true;
        settle_with_others(user, &old);
        contacts_release(&old);
        mark_changed(user);
    }
    users_unref(&realtime->users, user);
}

static void learn_contacts(struct user *user)
{
    if (scope_of(user->realtime) == PRESENCE_SHARED)
        store_contacts(user->realtime->store, user->id, on_contacts, users_ref(user));
}

void presence_came(struct user *user)
{
    if (scope_of(user->realtime) == PRESENCE_OFF)
        return;
    wheel_stop(&user->grace);
    if (user->is_online)
        return;
    user->is_online = true;
    users_ref(user);
    mark_changed(user);
    learn_contacts(user);
}

static void on_grace(struct wheel_entry *entry)
{
    struct user *user = (struct user *)((char *)entry - offsetof(struct user, grace));

    user->is_online = false;
    mark_changed(user);
    users_unref(&user->realtime->users, user);
}

void presence_went(struct user *user)
{
    struct realtime *realtime = user->realtime;

    user->left_at = clock_wall_ms(realtime->clock);
    if (user->is_online)
        wheel_start(realtime->wheel, &user->grace, realtime->settings.presence_grace_ms, on_grace);
}

void presence_moved(struct realtime *realtime, const char *id)
{
    struct user *user = users_find(&realtime->users, id);

    if (user && user->is_online)
        learn_contacts(user);
}

static struct event *state_event(const struct user *user)
{
    int64_t last_seen = user->is_online ? clock_wall_ms(user->realtime->clock) : user->left_at;
    struct buf json;
    struct event *event;

    buf_init(&json, PRESENCE_JSON_MAX);
    presence_state_write(&json, user->id, user->is_online, last_seen);
    event = event_new("presence", json.data, json.len);
    buf_release(&json);
    return event;
}

static void tell_user(const struct user *listener, struct event *event)
{
    struct client *client;

    DL_FOREACH (listener->clients, client) {
        if (hub_joined(&client->subscriber, PRESENCE_TOPIC))
            client_tell(client, event, CLIENT_DROPPABLE);
    }
}

static void tell_contacts(const struct user *user, struct event *event)
{
    for (size_t i = 0; i < user->contacts.count; i++) {
        struct user *other = users_find(&user->realtime->users, user->contacts.ids[i]);

        if (other && other != user && contacts_hold(&other->contacts, user->id))
            tell_user(other, event);
    }
}

struct telling {
    const struct user *user;
    struct event *event;
};

static void tell_one(void *context, struct subscriber *subscriber)
{
    struct telling *telling = context;
    struct client *client = client_of_subscriber(subscriber);

    if (client->user != telling->user)
        client_tell(client, telling->event, CLIENT_DROPPABLE);
}

static void tell(struct user *user)
{
    struct telling telling = {.user = user};

    user->is_changed = false;
    if (user->told_online == user->is_online ||
        (scope_of(user->realtime) == PRESENCE_SHARED && !user->contacts_known))
        return;
    user->told_online = user->is_online;
    telling.event = state_event(user);
    if (scope_of(user->realtime) == PRESENCE_EVERYONE)
        hub_each(user->realtime->hub, PRESENCE_TOPIC, tell_one, &telling);
    else
        tell_contacts(user, telling.event);
    event_unref(telling.event);
}

static void on_gathered(struct wheel_entry *entry)
{
    struct realtime *realtime =
        (struct realtime *)((char *)entry - offsetof(struct realtime, gather));
    struct changed_users changed = realtime->changed;

    realtime->changed = (struct changed_users){0};
    for (size_t i = 0; i < changed.count; i++) {
        tell(changed.users[i]);
        users_unref(&realtime->users, changed.users[i]);
    }
    free(changed.users);
}

void presence_end(struct realtime *realtime)
{
    struct user *user, *next;

    wheel_stop(&realtime->gather);
    for (size_t i = 0; i < realtime->changed.count; i++)
        users_unref(&realtime->users, realtime->changed.users[i]);
    free(realtime->changed.users);
    realtime->changed = (struct changed_users){0};
    HASH_ITER (hh, realtime->users.table, user, next) {
        if (user->is_online)
            users_unref(&realtime->users, user);
    }
}
