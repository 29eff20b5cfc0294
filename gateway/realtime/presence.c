#include "gateway/realtime/presence.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/container_of.h"
#include "gateway/realtime/inquiry.h"
#include "gateway/realtime/presence_contacts.h"
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

void presence_came(struct user *user)
{
    wheel_stop(&user->grace);
    if (!user->is_online) {
        user->is_online = true;
        users_ref(user);
        mark_changed(user);
    }
    presence_contacts_learn(user);
}

static void on_grace(struct wheel_entry *entry)
{
    struct user *user = container_of(entry, struct user, grace);

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

static size_t tell_contacts(const struct user *user, struct event *event)
{
    for (size_t i = 0; i < user->contacts.count; i++)
        presence_round_hear(user->realtime->presence, user->contacts.users[i], event);
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

/* Most users of most sites are nobody's contact. */
static bool is_heard_of(const struct user *user)
{
    switch (scope_of(user->realtime)) {
    case PRESENCE_SHARED:
        return user->contacts.count > 0;
    case PRESENCE_EVERYONE:
        return hub_count(user->realtime->hub, PRESENCE_TOPIC) > 0;
    default:
        return false;
    }
}

static size_t spread(struct user *user)
{
    struct telling telling = {.user = user};

    user->told_online = user->is_online;
    user->was_shown = false;
    if (!is_heard_of(user))
        return 0;
    telling.event = presence_state_event(user);
    if (scope_of(user->realtime) == PRESENCE_EVERYONE)
        return hub_each(user->realtime->hub, PRESENCE_TOPIC, tell_one, &telling);
    return tell_contacts(user, telling.event);
}

/* Who came and went meanwhile is not spoken of, but where somebody was shown what was between; who
 * came, not before it is known who may hear of it. */
static bool is_news(const struct user *user)
{
    return (user->told_online != user->is_online || user->was_shown) &&
           (!user->is_online || user->is_placed || scope_of(user->realtime) != PRESENCE_SHARED);
}

static size_t tell(struct user *user)
{
    size_t work = is_news(user) ? spread(user) : 0;

    if (!user->is_online)
        presence_contacts_end(user);
    return work;
}

const struct presence_work presence_work = {
    .tell = tell,
    .introduce = presence_introduction_give,
};

void (*const inquiry_ask[INQUIRIES])(struct user *user) = {
    [INQUIRE_CONVERSATIONS] = presence_contacts_ask_conversations,
    [INQUIRE_ABSENT] = presence_introduction_ask,
    [INQUIRE_STRANGERS] = presence_contacts_ask_strangers,
};

/* Does nothing while the user's conversations are still being read: it is called again after that.
 */
void presence_introduce(struct client *client)
{
    enum presence_scope scope = scope_of(client->realtime);

    if (hub_joined(&client->subscriber, PRESENCE_TOPIC) &&
        (scope == PRESENCE_EVERYONE || (scope == PRESENCE_SHARED && client->user->is_placed)))
        presence_round_introduce(client->realtime->presence, client);
}

static void rescope(struct user *user)
{
    struct client *client;

    if (!user->is_online)
        return;
    presence_contacts_learn(user);
    DL_FOREACH (user->clients, client)
        presence_introduce(client);
}

/* The callee may free the user, no other. */
static void each_user(struct realtime *realtime, void (*act)(struct user *user))
{
    struct user *user, *next;

    HASH_ITER (hh, realtime->users.table, user, next)
        act(user);
}

void presence_rescope(struct realtime *realtime)
{
    each_user(realtime, rescope);
}

void presence_forget(struct realtime *realtime)
{
    each_user(realtime, presence_contacts_forget);
}

static void let_go(struct user *user)
{
    if (!user->is_online)
        return;
    wheel_stop(&user->grace);
    user->is_online = false;
    users_unref(&user->realtime->users, user);
}

void presence_end(struct realtime *realtime)
{
    each_user(realtime, let_go);
}
