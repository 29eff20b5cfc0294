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
/* How many events of one topic are sent to a receiver in one write. */
#define GROUP 32

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

static void tell_one(const struct subscription *one, const struct telling *telling)
{
    const struct feed_news news = {
        .number = telling->number, .id = telling->news.id, .event = telling->news.event};

    switch (telling->news.kind) {
    case FANOUT_MESSAGE:
        if (one->messages)
            feed_hear(one->messages, &news);
        break;
    case FANOUT_BROADCAST:
        if (one->broadcasts)
            feed_hear(one->broadcasts, &news);
        break;
    case FANOUT_STATE:
    case FANOUT_PASSING:
        tell_state(one, &telling->news);
        break;
    }
}

static void tell_group(struct fanout *fanout, const struct subscription *one)
{
    struct peer *peer = client_of_subscriber(one->subscriber)->peer;
    const struct telling *telling = fanout->tellings;

    peer_cork(peer);
    for (size_t i = 0; i < fanout->group; i++, telling = telling->next)
        tell_one(one, telling);
    peer_uncork(peer);
}

static struct hub *hub_of(const struct fanout *fanout, const char *topic)
{
    return topic_is_inner(topic) ? fanout->realtime->inner : fanout->realtime->hub;
}

/* Those that wait behind the group, and are for its topic, begin their round here. */
static void group_grow(struct fanout *fanout)
{
    const char *topic = fanout->tellings->topic;
    struct telling *next = fanout->group > 0 ? fanout->behind_group : fanout->tellings;

    if (fanout->group == 0)
        hub_walk_begin(hub_of(fanout, topic), &fanout->walk, topic);
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
        const struct subscription *one = hub_walk_next(&fanout->walk);

        if (one && one->subscriber) {
            tell_group(fanout, one);
            told += fanout->group;
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
