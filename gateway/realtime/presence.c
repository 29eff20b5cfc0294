#include "gateway/realtime/presence.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/queue/conversations.h"
#include "gateway/realtime/presence_introduction.h"
#include "gateway/realtime/presence_round.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/room.h"

static enum presence_scope scope_of(const struct realtime *realtime)
{
    return realtime->settings.presence_scope;
}

static void mark_changed(struct user *user)
{
    presence_round_changed(user->realtime->presence, user);
}

static void hear_of(struct user *listener, struct user *other)
{
    if (other->told_online)
        presence_round_hear(listener->realtime->presence, listener, presence_state_event(other));
}

/* Both sets are of the same relation; the fresher one sets the other right. */
static void part_from(const struct user *user, const struct contacts *old)
{
    for (size_t i = 0; i < old->count; i++) {
        struct user *other = users_find(&user->realtime->users, old->ids[i]);

        if (other && !contacts_hold(&user->contacts, old->ids[i]))
            contacts_remove(&other->contacts, &user->realtime->users.names, user->id);
    }
}

/* Who meets while both are here has not heard of the other yet. `old` NULL: the user just came. */
static void meet(struct user *user, const struct contacts *old)
{
    for (size_t i = 0; i < user->contacts.count; i++) {
        const char *id = user->contacts.ids[i];
        struct user *other = users_find(&user->realtime->users, id);

        if (!other || !other->contacts_known || other->contacts.count >= STORE_CONTACTS_MAX)
            continue;
        contacts_add(&other->contacts, &user->realtime->users.names, user->id);
        if (old && !contacts_hold(old, id)) {
            hear_of(user, other);
            hear_of(other, user);
        }
    }
}

/* Clients that joined before it was known of whom they may hear. */
static void introduce_all(struct user *user)
{
    struct client *client;

    DL_FOREACH (user->clients, client)
        presence_introduce(client);
}

static void take_contacts(struct user *user, const struct store_contacts *answer)
{
    struct names *names = &user->realtime->users.names;
    struct contacts old = user->contacts;
    bool just_came = !user->contacts_known;

    user->contacts = contacts_new(names, answer->users, answer->count);
    user->contacts_known = true;
    part_from(user, &old);
    meet(user, just_came ? NULL : &old);
    contacts_release(&old, names);
    mark_changed(user);
    if (just_came)
        introduce_all(user);
}

static void on_contacts(void *context, const struct store_contacts *answer)
{
    struct user *user = context;

    user->contacts_asked = false;
    if (answer->verdict == STORE_OK)
        take_contacts(user, answer);
    users_unref(&user->realtime->users, user);
}

static void learn_contacts(struct user *user)
{
    if (scope_of(user->realtime) != PRESENCE_SHARED)
        return;
    user->contacts_asked = true;
    store_contacts(user->realtime->store, user->id, on_contacts, users_ref(user));
}

void presence_came(struct user *user)
{
    if (scope_of(user->realtime) == PRESENCE_OFF)
        return;
    /* While nobody of theirs was connected, the store told nothing of their memberships. */
    if (!user->is_online || wheel_started(&user->grace))
        learn_contacts(user);
    wheel_stop(&user->grace);
    if (user->is_online)
        return;
    user->is_online = true;
    users_ref(user);
    mark_changed(user);
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

static size_t tell_contacts(const struct user *user, struct event *event)
{
    for (size_t i = 0; i < user->contacts.count; i++) {
        struct user *other = users_find(&user->realtime->users, user->contacts.ids[i]);

        if (other && other != user && contacts_hold(&other->contacts, user->id))
            presence_round_hear(user->realtime->presence, other, event);
    }
    return user->contacts.count;
}

struct telling {
    const struct user *user;
    struct event *event;
};

static void tell_one(void *context, struct subscriber *subscriber)
{
    struct telling *telling = context;
    struct user *listener = client_of_subscriber(subscriber)->user;

    if (listener != telling->user)
        presence_round_hear(listener->realtime->presence, listener, telling->event);
}

/* Who came and went meanwhile is not spoken of, but where somebody was shown what was between. */
static size_t tell(struct user *user)
{
    struct telling telling = {.user = user};

    if ((user->told_online == user->is_online && !user->was_shown) ||
        (scope_of(user->realtime) == PRESENCE_SHARED && !user->contacts_known))
        return 0;
    user->told_online = user->is_online;
    user->was_shown = false;
    telling.event = presence_state_event(user);
    if (scope_of(user->realtime) == PRESENCE_EVERYONE)
        return hub_each(user->realtime->hub, PRESENCE_TOPIC, tell_one, &telling);
    return tell_contacts(user, telling.event);
}

const struct presence_work presence_work = {
    .tell = tell,
    .introduce = presence_introduction_give,
};

void presence_introduce(struct client *client)
{
    struct user *user = client->user;

    if (!hub_joined(&client->subscriber, PRESENCE_TOPIC) ||
        scope_of(client->realtime) == PRESENCE_OFF)
        return;
    if (scope_of(client->realtime) == PRESENCE_EVERYONE || user->contacts_known)
        presence_round_introduce(client->realtime->presence, client);
    else if (!user->contacts_asked)
        learn_contacts(user);
}

void presence_resume(struct realtime *realtime)
{
    struct user *user, *next;

    HASH_ITER (hh, realtime->users.table, user, next) {
        if (user->is_online && !user->contacts_known && !user->contacts_asked)
            learn_contacts(user);
    }
}

void presence_end(struct realtime *realtime)
{
    struct user *user, *next;

    HASH_ITER (hh, realtime->users.table, user, next) {
        if (user->is_online)
            users_unref(&realtime->users, user);
    }
}
