#include "gateway/realtime/fanout.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/framing/event.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/hub.h"
#include "gateway/realtime/topic.h"

/* Events of a slice. */
#define SLICE 256
/* How many events are sent to a receiver in one write. */
#define GROUP 32
/* After so many receivers in a row that are in none of the topics behind the group's, the rest of
 * its walk looks for none. */
#define STRANGERS_MAX 4

struct telling {
    struct telling *prev, *next;
    struct fanout_news news;
    uint64_t number;
    struct subscription mark; /* where its round began */
    char topic[];
};

struct fanout {
    uv_idle_t idle;
    struct realtime *realtime;
    void (*hold)(struct realtime *realtime, bool yes);
    struct telling *tellings;
    size_t waiting;
    size_t group; /* how many, from the first, are being sent; 0: none */
    struct telling *behind_group;
    uint64_t ahead_upto;  /* what has no higher number is told together with the group */
    int strangers;        /* among the group's last receivers: STRANGERS_MAX */
    struct hub_walk walk; /* while there is a group */
    int64_t busy_since;   /* steady ms: when the first came that had nothing before it */
    bool is_holding;
};

static struct telling *telling_new(const struct fanout_news *news, uint64_t number)
{
    size_t len = strlen(news->topic);
    struct telling *telling = mem_zalloc(sizeof(*telling) + len + 1);

    telling->news = *news;
    telling->number = number;
    memcpy(telling->topic, news->topic, len + 1);
    telling->news.topic = telling->topic;
    event_ref(telling->news.event);
    if (telling->news.except)
        users_ref(telling->news.except);
    return telling;
}

static void telling_drop(struct fanout *fanout, struct telling *telling)
{
    DL_DELETE(fanout->tellings, telling);
    fanout->waiting--;
    event_unref(telling->news.event);
    if (telling->news.except)
        users_unref(&fanout->realtime->users, telling->news.except);
    free(telling);
}

static void tell_state(const struct subscription *one, const struct fanout_news *news)
{
    struct client *client = client_of_subscriber(one->subscriber);

    if (news->except && client->user == news->except)
        return;
    if (news->kind == FANOUT_PASSING && one->messages && feed_is_behind(one->messages))
        client->realtime->counters.dropped++;
    else
        client_tell(client, news->event);
}

static void tell_one(struct subscription *one, const struct telling *telling)
{
    const struct feed_news news = {
        .number = telling->number, .id = telling->news.id, .event = telling->news.event};

    switch (telling->news.kind) {
    case FANOUT_MESSAGE:
        if (one->messages)
            feed_hear(one, one->messages, &news);
        break;
    case FANOUT_BROADCAST:
        feed_hear(one, &one->broadcasts, &news);
        break;
    case FANOUT_STATE:
    case FANOUT_PASSING:
        tell_state(one, &telling->news);
        break;
    }
}

static struct hub *hub_of(const struct fanout *fanout, const char *topic)
{
    return topic_is_inner(topic) ? fanout->realtime->inner : fanout->realtime->hub;
}

static struct subscription *subscription_of(
    const struct fanout *fanout, struct client *client, const char *topic)
{
    return topic_is_inner(topic) ? hub_find(fanout->realtime->inner, &client->inner, topic)
                                 : hub_find(fanout->realtime->hub, &client->subscriber, topic);
}

/* A feed knows which news it has heard; other news must not be told ahead of their round, which
 * would tell them again. */
static bool may_be_ahead(const struct telling *telling)
{
    return telling->news.kind == FANOUT_MESSAGE || telling->news.kind == FANOUT_BROADCAST;
}

/* Tells the client, which has had the group, what it will hear of the topics behind: in order, and
 * in the same write. Their rounds pass it by, then. Returns how much was told. */
static size_t tell_ahead(struct fanout *fanout, struct client *client)
{
    const struct telling *telling = fanout->behind_group;
    size_t tried = 0, count = 0;

    for (; telling && telling->number <= fanout->ahead_upto && may_be_ahead(telling);
         telling = telling->next) {
        struct subscription *one;

        if (telling->number <= client->told_ahead)
            continue;
        client->told_ahead = telling->number;
        one = subscription_of(fanout, client, telling->topic);
        if (one)
            tell_one(one, telling);
        tried++;
        count += one != NULL;
    }
    if (tried > 0)
        fanout->strangers = count > 0 ? 0 : fanout->strangers + 1;
    return count;
}

/* Returns how much was told. */
static size_t tell_group(struct fanout *fanout, struct subscription *one)
{
    struct client *client = client_of_subscriber(one->subscriber);
    const struct telling *telling = fanout->tellings;
    size_t told = fanout->group;

    peer_cork(client->peer);
    for (size_t i = 0; i < fanout->group; i++, telling = telling->next)
        tell_one(one, telling);
    if (fanout->behind_group && fanout->strangers < STRANGERS_MAX)
        told += tell_ahead(fanout, client);
    peer_uncork(client->peer);
    return told;
}

/* What comes from now on waits until all that may be told ahead has had its round: so there is
 * something to be told together then, too. */
static void walk_begin(struct fanout *fanout)
{
    const struct telling *first = fanout->tellings, *last = first->prev;

    hub_walk_begin(hub_of(fanout, first->topic), &fanout->walk, first->topic);
    fanout->strangers = 0;
    if (first->number > fanout->ahead_upto)
        fanout->ahead_upto =
            last->number < first->number + GROUP ? last->number : first->number + GROUP - 1;
}

/* Those that wait behind the group, and are for its topic, begin their round here. */
static void group_grow(struct fanout *fanout)
{
    const char *topic = fanout->tellings->topic;
    struct telling *next = fanout->group > 0 ? fanout->behind_group : fanout->tellings;

    if (fanout->group == 0)
        walk_begin(fanout);
    for (; next && fanout->group < GROUP && strcmp(topic, next->topic) == 0; next = next->next) {
        hub_walk_mark(&fanout->walk, &next->mark);
        fanout->group++;
    }
    fanout->behind_group = next;
}

/* The first of the group has gone round. */
static void group_shrink(struct fanout *fanout)
{
    if (--fanout->group == 0)
        hub_walk_end(hub_of(fanout, fanout->tellings->topic));
    telling_drop(fanout, fanout->tellings);
    if (fanout->group == 0 && fanout->tellings)
        group_grow(fanout);
}

/* Sends about `most` events. Returns whether something is left. */
static bool tell_some(struct fanout *fanout, size_t most)
{
    size_t told = 0;

    if (fanout->tellings)
        group_grow(fanout);
    while (fanout->tellings && told < most) {
        struct subscription *one = hub_walk_next(&fanout->walk);

        if (one && one->subscriber) {
            told += tell_group(fanout, one);
        } else {
            group_shrink(fanout);
        }
    }
    return fanout->tellings != NULL;
}

static void fanout_hold(struct fanout *fanout, bool yes)
{
    if (fanout->is_holding == yes)
        return;
    fanout->is_holding = yes;
    fanout->hold(fanout->realtime, yes);
}

static void on_idle(uv_idle_t *idle)
{
    struct fanout *fanout = idle->data;

    if (!tell_some(fanout, SLICE))
        uv_idle_stop(idle);
    if (fanout->waiting <= FANOUT_WAITING_MAX / 2)
        fanout_hold(fanout, false);
}

bool fanout_topic(struct fanout *fanout, const struct fanout_news *news)
{
    bool at_once = !uv_is_active((uv_handle_t *)&fanout->idle) &&
                   fanout_listeners(fanout, news->topic) <= SLICE;
    struct telling *telling;

    if (news->kind == FANOUT_PASSING && fanout->waiting >= FANOUT_WAITING_MAX)
        return false;
    if (!fanout->tellings)
        fanout->busy_since = clock_steady_ms(fanout->realtime->clock);
    telling = telling_new(news, ++fanout->realtime->told);
    DL_APPEND(fanout->tellings, telling);
    fanout->waiting++;
    if (!fanout->behind_group)
        fanout->behind_group = telling;
    uv_idle_start(&fanout->idle, on_idle);
    if (at_once && !tell_some(fanout, SIZE_MAX))
        return true;
    if (fanout->waiting >= FANOUT_WAITING_MAX)
        fanout_hold(fanout, true);
    return true;
}

size_t fanout_listeners(const struct fanout *fanout, const char *topic)
{
    return hub_count(hub_of(fanout, topic), topic);
}

size_t fanout_waiting(const struct fanout *fanout)
{
    return fanout->waiting;
}

int64_t fanout_busy_ms(const struct fanout *fanout)
{
    return fanout->tellings ? clock_steady_ms(fanout->realtime->clock) - fanout->busy_since : 0;
}

struct fanout *fanout_new(
    uv_loop_t *loop, struct realtime *realtime, void (*hold)(struct realtime *realtime, bool yes))
{
    struct fanout *fanout = mem_zalloc(sizeof(*fanout));

    uv_idle_init(loop, &fanout->idle);
    fanout->idle.data = fanout;
    fanout->realtime = realtime;
    fanout->hold = hold;
    return fanout;
}

static void fanout_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void fanout_free(struct fanout *fanout)
{
    while (fanout->group > 0) {
        hub_walk_unmark(&fanout->walk, &fanout->tellings->mark);
        group_shrink(fanout);
    }
    while (fanout->tellings)
        telling_drop(fanout, fanout->tellings);
    uv_close((uv_handle_t *)&fanout->idle, fanout_on_closed);
}
