#include "gateway/realtime/presence_contacts.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/following.h"
#include "gateway/realtime/inquiry.h"
#include "gateway/realtime/presence_introduction.h"
#include "gateway/realtime/presence_round.h"
#include "gateway/realtime/presence_state.h"
#include "gateway/realtime/strangers.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/store_presence.h"

/* The most other members examined when a user connects: of a thousand conversations with the same
 * people, the first ones give nearly all contacts. */
#define MEET_STEPS 65536

static bool is_told(const struct realtime *realtime)
{
    return realtime->settings.presence_scope == PRESENCE_SHARED;
}

/* If nobody has been told yet that `other` is online, the next round tells everybody. */
static void hear_of(struct user *listener, struct user *other)
{
    if (!other->told_online || !is_told(listener->realtime))
        return;
    presence_round_hear(listener->realtime->presence, listener, presence_state_event(other));
}

struct meeting {
    struct user *user;
    bool is_coming; /* their pages are introduced to everybody at once, and told nothing now */
    size_t steps;
};

static bool acquaint(struct user *one, struct user *other)
{
    if (one == other || one->contacts.count >= STORE_CONTACTS_MAX ||
        other->contacts.count >= STORE_CONTACTS_MAX || !contacts_add(&one->contacts, other))
        return false;
    contacts_add(&other->contacts, one);
    strangers_remove(one, other->id);
    strangers_remove(other, one->id);
    return true;
}

static void meet(void *context, struct user *other)
{
    struct meeting *meeting = context;

    if (++meeting->steps > MEET_STEPS || !acquaint(meeting->user, other))
        return;
    hear_of(other, meeting->user);
    if (!meeting->is_coming)
        hear_of(meeting->user, other);
}

static void conversation_enter(struct meeting *meeting, const char *conversation)
{
    struct user *user = meeting->user;
    struct roster *roster = &user->realtime->roster;

    if (user->seat_count < STORE_CONVERSATIONS_MAX && roster_add(roster, user, conversation))
        roster_each_user(roster, conversation, meet, meeting);
}

/* Their pages may go on showing each other, so they are remembered as strangers. */
static void contact_part(void *context, struct user *other)
{
    struct user *user = context;
    struct realtime *realtime = user->realtime;

    if (!contacts_hold(&user->contacts, other) || roster_share(&realtime->roster, user, other))
        return;
    contacts_remove(&user->contacts, other);
    contacts_remove(&other->contacts, user);
    strangers_add(user, other->id);
    strangers_add(other, user->id);
}

static void conversation_leave(struct user *user, const char *conversation)
{
    struct roster *roster = &user->realtime->roster;

    if (roster_remove(roster, user, conversation))
        roster_each_user(roster, conversation, contact_part, user);
}

static int conversation_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct sifting {
    const char **kept; /* sorted */
    size_t kept_count;
    char **outdated;
    size_t count;
};

static void sift(void *context, const char *conversation)
{
    struct sifting *sifting = context;

    if (!bsearch(&conversation, sifting->kept, sifting->kept_count, sizeof(*sifting->kept),
            conversation_compare))
        sifting->outdated[sifting->count++] = mem_strdup(conversation);
}

/* Leaves the conversations that are not in the answer, unless the answer was cut off. */
static void leave_outdated(struct user *user, const struct store_conversations *answer)
{
    struct sifting sifting = {.kept_count = answer->count};

    if (user->seat_count == 0 || answer->count >= STORE_CONVERSATIONS_MAX)
        return;
    sifting.kept = mem_array(answer->count + 1, sizeof(*sifting.kept));
    sifting.outdated = mem_array(user->seat_count, sizeof(*sifting.outdated));
    for (size_t i = 0; i < answer->count; i++)
        sifting.kept[i] = answer->conversations[i];
    qsort(sifting.kept, answer->count, sizeof(*sifting.kept), conversation_compare);
    roster_each_conversation(user, sift, &sifting);
    for (size_t i = 0; i < sifting.count; i++) {
        conversation_leave(user, sifting.outdated[i]);
        free(sifting.outdated[i]);
    }
    free(sifting.outdated);
    free(sifting.kept);
}

static void introduce_all(struct user *user)
{
    struct client *client;

    DL_FOREACH (user->clients, client)
        presence_introduction_want(client);
}

static void take_conversations(struct user *user, const struct store_conversations *answer)
{
    struct meeting meeting = {.user = user, .is_coming = !user->is_placed};

    user->is_placed = true;
    leave_outdated(user, answer);
    for (size_t i = 0; i < answer->count; i++)
        conversation_enter(&meeting, answer->conversations[i]);
    presence_round_changed(user->realtime->presence, user);
    if (meeting.is_coming)
        introduce_all(user);
    following_all(user);
}

static void on_conversations(void *context, const struct store_conversations *answer)
{
    struct user *user = context;

    presence_round_learnt(user->realtime->presence, user);
    if (answer->verdict == STORE_OK && user->is_online && user->is_heeded)
        take_conversations(user, answer);
    inquiry_settle(user, INQUIRE_CONVERSATIONS, answer->verdict == STORE_OK);
}

void presence_contacts_ask_conversations(struct user *user)
{
    store_conversations(user->realtime->store, user->id, on_conversations, user);
}

bool presence_contacts_are_heard(const struct realtime *realtime)
{
    return is_told(realtime) && fanout_listeners(realtime->fanout, TOPIC_PRESENCE) > 0;
}

bool presence_contacts_learn(struct user *user)
{
    struct realtime *realtime = user->realtime;

    if (user->is_placed)
        return false;
    if (!presence_contacts_are_heard(realtime) && !(user->clients && following_is_set(realtime))) {
        realtime->has_unlearnt = true;
        return false;
    }
    if (!user->is_heeded)
        store_follow_user(realtime->store, user->id);
    user->is_heeded = true;
    inquiry_want(user, INQUIRE_CONVERSATIONS);
    return true;
}

void presence_contacts_learn_all(struct realtime *realtime)
{
    struct user *user;
    struct hash_walk walk = {0};

    if (!realtime->has_unlearnt)
        return;
    realtime->has_unlearnt = false;
    while ((user = users_next(&realtime->users, &walk))) {
        if (user->is_online && !user->is_placed && !user->is_heeded)
            presence_round_learn(realtime->presence, user);
    }
}

/* Or nobody would learn them again: presence_contacts_learn_all. */
static void user_unheed(struct user *user)
{
    if (user->is_heeded && !user->realtime->is_ending)
        store_unfollow_user(user->realtime->store, user->id);
    user->is_heeded = false;
}

void presence_contacts_forget(struct user *user)
{
    struct contacts *contacts = &user->contacts;

    user_unheed(user);
    user->is_placed = false;
    for (size_t i = 0; i < contacts->count; i++)
        contacts_remove(&contacts->users[i]->contacts, user);
    contacts_release(contacts);
    roster_remove_all(&user->realtime->roster, user);
    strangers_remove_all(user);
}

void presence_contacts_end(struct user *user)
{
    inquiry_stop(user);
    presence_round_learnt(user->realtime->presence, user);
    if (!user->realtime->is_ending)
        presence_contacts_forget(user);
}

/* A former contact shares a conversation again and is offline: no round will announce them, so the
 * user is told now. */
static void hear_of_absent(struct user *user, const char *id, int64_t last_seen)
{
    const struct user *other = users_find(&user->realtime->users, id);
    struct event *event;
    struct buf json;

    if (other && other->is_online)
        return;
    buf_init(&json, PRESENCE_JSON_MAX);
    presence_state_write_user(user->realtime, &json, id, last_seen);
    event = event_new("presence", json.data, json.len);
    presence_round_hear(user->realtime->presence, user, event);
    event_unref(event);
    buf_release(&json);
    strangers_remove(user, id);
}

static void on_strangers(void *context, const struct store_seen *answer)
{
    struct user *user = context;

    for (size_t i = 0; answer->verdict == STORE_OK && is_told(user->realtime) && i < answer->count;
         i++)
        hear_of_absent(user, answer->users[i], answer->last_seen[i]);
    inquiry_settle(user, INQUIRE_STRANGERS, answer->verdict == STORE_OK);
}

void presence_contacts_ask_strangers(struct user *user)
{
    const struct strangers *strangers = user->strangers;

    store_last_seen(user->realtime->store, user->id,
        strangers ? (const char *const *)strangers->ids : NULL, strangers ? strangers->count : 0,
        on_strangers, user);
}

static void remind(void *context, struct user *user)
{
    if (strangers_hold(user, context))
        inquiry_want(user, INQUIRE_STRANGERS);
}

void presence_contacts_moved(
    struct realtime *realtime, const char *conversation, const char *id, bool is_member)
{
    struct user *user = users_find(&realtime->users, id);
    struct meeting meeting = {.user = user};

    if (user && user->is_placed && !is_member)
        conversation_leave(user, conversation);
    if (!is_member)
        return;
    if (user && user->is_placed) {
        conversation_enter(&meeting, conversation);
        if (user->strangers)
            inquiry_want(user, INQUIRE_STRANGERS);
    }
    if (!user || !user->is_online)
        roster_each_user(&realtime->roster, conversation, remind, (void *)(uintptr_t)id);
}
