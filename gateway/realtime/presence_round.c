#include "gateway/realtime/presence_round.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/topic.h"

/* How long changes are collected. */
#define GATHER_MS 100
/* Work of a slice, about a millisecond. A write counts as WRITE_WORK events. */
#define SLICE 2048
#define WRITE_WORK 16
/* How many users are learnt at the same time. */
#define LEARNING_MAX 32
/* How many events may wait, for all listeners together. */
#define HEARD_MAX ((size_t)1 << 18)

/* The events still to be sent to all clients of one user: exists while there are any. */
struct heard {
    size_t count, size;
    struct event *events[];
};

/* Pointers in the order in which they came. */
struct line {
    void **things;
    size_t count, size, next;
};

struct presence_round {
    uv_idle_t idle;
    struct wheel *wheel;
    struct wheel_entry gather; /* runs while changes are collected */
    const struct presence_work *work;
    struct line changed;       /* users */
    size_t due;                /* how many, from the first, are due */
    struct line introductions; /* clients */
    struct line unlearnt;      /* users whose contacts are to be learnt … */
    size_t learning;           /* … and how many are being learnt */
    struct line listeners;     /* users with events to be sent */
    size_t heard;              /* events waiting for all of them */
};

/* Makes room for one more: where entries were taken out, or at the end. */
static void line_grow(struct line *line)
{
    if (line->next > line->size / 2) {
        line->count -= line->next;
        memmove(line->things, line->things + line->next, line->count * sizeof(*line->things));
        line->next = 0;
    } else {
        line->size = line->size ? line->size * 2 : 16;
        line->things = mem_resize(line->things, line->size * sizeof(*line->things));
    }
}

static void line_add(struct line *line, void *thing)
{
    if (line->count == line->size)
        line_grow(line);
    line->things[line->count++] = thing;
}

/* Takes the first, or NULL. An emptied line frees its memory. */
static void *line_take(struct line *line)
{
    void *thing = line->next < line->count ? line->things[line->next++] : NULL;

    if (!thing || line->next < line->count)
        return thing;
    free(line->things);
    *line = (struct line){0};
    return thing;
}

static void *take_due(struct presence_round *round)
{
    if (round->due == 0 || round->heard >= HEARD_MAX)
        return NULL;
    round->due--;
    return line_take(&round->changed);
}

/* One who is still to be introduced will be shown all that is true by then. */
static bool client_listens(const struct client *client)
{
    return !client->awaits_introduction &&
           hub_joined(client->realtime->hub, &client->subscriber, TOPIC_PRESENCE);
}

static size_t client_speak(struct client *client, const struct heard *heard)
{
    if (!client_listens(client))
        return 0;
    peer_cork(client->peer);
    for (size_t i = 0; i < heard->count; i++)
        client_tell(client, heard->events[i]);
    peer_uncork(client->peer);
    return heard->count + WRITE_WORK;
}

static void heard_forget(struct presence_round *round, struct user *user)
{
    struct heard *heard = user->heard;

    for (size_t i = 0; i < heard->count; i++)
        event_unref(heard->events[i]);
    round->heard -= heard->count;
    user->heard = NULL;
    free(heard);
}

static size_t user_let_hear(struct presence_round *round, struct user *user)
{
    struct client *client;
    size_t work = 1;

    DL_FOREACH (user->clients, client)
        work += client_speak(client, user->heard);
    heard_forget(round, user);
    users_unref(&user->realtime->users, user);
    return work;
}

static size_t user_tell_of(struct presence_round *round, struct user *user)
{
    size_t work;

    user->is_changed = false;
    work = round->work->tell(user);
    users_unref(&user->realtime->users, user);
    return work + 1;
}

static size_t client_introduce(struct presence_round *round, struct client *client)
{
    size_t work = 1;

    client->awaits_introduction = false;
    if (client->state == CLIENT_READY && client_listens(client))
        work = round->work->introduce(client) + WRITE_WORK;
    client_unref(client);
    return work;
}

static size_t user_learn(struct presence_round *round, struct user *user)
{
    user->awaits_learning = false;
    if (user->is_online && !user->is_placed && !user->is_learning && !user->is_heeded) {
        user->is_learning = true;
        round->learning++;
        if (!round->work->learn(user))
            presence_round_learnt(round, user);
    }
    users_unref(&user->realtime->users, user);
    return 1;
}

/* Does one waiting piece of work. Returns its amount; 0: nothing waits. */
static size_t round_step(struct presence_round *round)
{
    void *thing;

    if ((thing = take_due(round)))
        return user_tell_of(round, thing);
    if ((thing = line_take(&round->introductions)))
        return client_introduce(round, thing);
    if ((thing = line_take(&round->listeners)))
        return user_let_hear(round, thing);
    if (round->learning < LEARNING_MAX && (thing = line_take(&round->unlearnt)))
        return user_learn(round, thing);
    return 0;
}

static void round_slice(struct presence_round *round)
{
    size_t work = 0, more = 1;

    while (work < SLICE && more > 0) {
        more = round_step(round);
        work += more;
    }
    if (more == 0)
        uv_idle_stop(&round->idle);
}

static void on_idle(uv_idle_t *idle)
{
    round_slice(idle->data);
}

static void round_go_on(struct presence_round *round)
{
    uv_idle_start(&round->idle, on_idle);
}

static void on_gathered(struct wheel_entry *entry)
{
    struct presence_round *round = container_of(entry, struct presence_round, gather);

    round->due = round->changed.count - round->changed.next;
    round_go_on(round);
}

struct presence_round *presence_round_new(
    uv_loop_t *loop, struct wheel *wheel, const struct presence_work *work)
{
    struct presence_round *round = mem_zalloc(sizeof(*round));

    round->wheel = wheel;
    round->work = work;
    uv_idle_init(loop, &round->idle);
    round->idle.data = round;
    return round;
}

static void round_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void presence_round_free(struct presence_round *round)
{
    struct client *client;
    struct user *user;

    wheel_stop(&round->gather);
    while ((user = line_take(&round->changed)))
        users_unref(&user->realtime->users, user);
    while ((client = line_take(&round->introductions)))
        client_unref(client);
    while ((user = line_take(&round->unlearnt)))
        users_unref(&user->realtime->users, user);
    while ((user = line_take(&round->listeners))) {
        heard_forget(round, user);
        users_unref(&user->realtime->users, user);
    }
    uv_close((uv_handle_t *)&round->idle, round_on_closed);
}

void presence_round_changed(struct presence_round *round, struct user *user)
{
    if (user->is_changed)
        return;
    user->is_changed = true;
    line_add(&round->changed, users_ref(user));
    if (!wheel_started(&round->gather))
        wheel_start(round->wheel, &round->gather, GATHER_MS, on_gathered);
}

void presence_round_introduce(struct presence_round *round, struct client *client)
{
    if (client->awaits_introduction)
        return;
    client->awaits_introduction = true;
    line_add(&round->introductions, client_ref(client));
    round_go_on(round);
}

void presence_round_learn(struct presence_round *round, struct user *user)
{
    if (user->awaits_learning)
        return;
    user->awaits_learning = true;
    line_add(&round->unlearnt, users_ref(user));
    round_go_on(round);
}

void presence_round_learnt(struct presence_round *round, struct user *user)
{
    if (!user->is_learning)
        return;
    user->is_learning = false;
    round->learning--;
    round_go_on(round);
}

static bool somebody_listens(const struct user *user)
{
    const struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client_listens(client))
            return true;
    }
    return false;
}

static struct heard *heard_grow(struct heard *heard)
{
    size_t size = heard ? heard->size * 2 : 4;
    struct heard *grown = mem_resize(heard, sizeof(*grown) + size * sizeof(*grown->events));

    if (!heard)
        grown->count = 0;
    grown->size = size;
    return grown;
}

void presence_round_hear(struct presence_round *round, struct user *listener, struct event *event)
{
    struct heard *heard = listener->heard;

    if (!somebody_listens(listener) || (heard && heard->events[heard->count - 1] == event))
        return;
    if (!heard)
        line_add(&round->listeners, users_ref(listener));
    if (!heard || heard->count == heard->size)
        listener->heard = heard = heard_grow(heard);
    heard->events[heard->count++] = event_ref(event);
    round->heard++;
    round_go_on(round);
}
