#include "gateway/realtime/presence.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/container_of.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/inquiry.h"
#include "gateway/realtime/presence_contacts.h"
#include "gateway/realtime/presence_introduction.h"
#include "gateway/realtime/presence_round.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/topic.h"

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

void presence_went(struct user *user, int64_t last_seen)
{
    struct realtime *realtime = user->realtime;
    int64_t now = clock_wall_ms(realtime->clock);

    if (user->clients || user->abroad)
        return;
    user->left_at = last_seen < now ? last_seen : now;
    if (user->is_online)
        wheel_start(realtime->wheel, &user->grace, realtime->settings.presence_grace_ms, on_grace);
}

/* An event is made only if somebody hears it: the user keeps it. Returns how many are told now: to
 * many, and while others wait, the fan-out does its own slicing. */
static size_t tell_everyone(struct user *user)
{
    struct fanout *fanout = user->realtime->fanout;
    struct fanout_news news = {.kind = FANOUT_STATE, .topic = TOPIC_PRESENCE, .except = user};
    size_t listeners = fanout_listeners(fanout, TOPIC_PRESENCE);

    if (listeners == 0)
        return 0;
    news.event = presence_state_event(user);
    fanout_topic(fanout, &news);
    return fanout_waiting(fanout) == 0 ? listeners : 0;
}

/* Likewise, and most users of most sites have no contacts. */
static size_t tell_contacts(struct user *user)
{
    struct event *event;

    if (user->contacts.count == 0)
        return 0;
    event = presence_state_event(user);
    for (size_t i = 0; i < user->contacts.count; i++)
        presence_round_hear(user->realtime->presence, user->contacts.users[i], event);
    return user->contacts.count;
}

static size_t presence_spread(struct user *user)
{
    user->told_online = user->is_online;
    user->was_shown = false;
    switch (scope_of(user->realtime)) {
    case PRESENCE_SHARED:
        return tell_contacts(user);
    case PRESENCE_EVERYONE:
        return tell_everyone(user);
    default:
        return 0;
    }
}

/* A user who came and went meanwhile is not announced, unless somebody was shown the state in
 * between. One who came is not announced before it is known who may be told; where nobody listens,
 * that need not be known. */
static bool is_news(const struct user *user)
{
    return (user->told_online != user->is_online || user->was_shown) &&
           (!user->is_online || user->is_placed || scope_of(user->realtime) != PRESENCE_SHARED ||
               !presence_contacts_are_heard(user->realtime));
}

/* Whether the fan-out is busy: presence leaves half of its room to messages and broadcasts. */
static bool must_wait(const struct user *user)
{
    const struct realtime *realtime = user->realtime;

    return scope_of(realtime) == PRESENCE_EVERYONE &&
           fanout_waiting(realtime->fanout) >= FANOUT_WAITING_MAX / 2;
}

static size_t tell_of(struct user *user)
{
    size_t work;

    if (is_news(user) && must_wait(user)) {
        mark_changed(user);
        return 0;
    }
    work = is_news(user) ? presence_spread(user) : 0;
    if (!user->is_online)
        presence_contacts_end(user);
    return work;
}

/* A page whose user is not placed is introduced once it is. */
static size_t introduce(struct client *client)
{
    struct realtime *realtime = client->realtime;

    if (scope_of(realtime) != PRESENCE_SHARED)
        return presence_introduction_give(client);
    if (!client->user->is_heeded)
        presence_contacts_learn(client->user);
    presence_contacts_learn_all(realtime);
    return client->user->is_placed ? presence_introduction_give(client) : 0;
}

const struct presence_work presence_work = {
    .tell = tell_of,
    .introduce = introduce,
    .learn = presence_contacts_learn,
};

void (*const presence_inquire[INQUIRIES])(struct user *user) = {
    [INQUIRE_CONVERSATIONS] = presence_contacts_ask_conversations,
    [INQUIRE_ABSENT] = presence_introduction_ask,
    [INQUIRE_STRANGERS] = presence_contacts_ask_strangers,
};

static void user_rescope(struct user *user)
{
    struct client *client;

    if (!user->is_online)
        return;
    presence_contacts_learn(user);
    DL_FOREACH (user->clients, client)
        presence_introduction_want(client);
}

/* `act` may free its user, but no other. */
static void each_user(struct realtime *realtime, void (*act)(struct user *user))
{
    struct user *user;
    struct hash_walk walk = {0};

    while ((user = users_next(&realtime->users, &walk)))
        act(user);
}

void presence_rescope(struct realtime *realtime)
{
    each_user(realtime, user_rescope);
}

void presence_forget(struct realtime *realtime)
{
    each_user(realtime, presence_contacts_forget);
}

static void user_let_go(struct user *user)
{
    if (!user->is_online)
        return;
    wheel_stop(&user->grace);
    user->is_online = false;
    users_unref(&user->realtime->users, user);
}

void presence_end(struct realtime *realtime)
{
    each_user(realtime, user_let_go);
}

void presence_on_user_ended(struct user *user)
{
    inquiry_stop(user);
    presence_contacts_forget(user);
}
