#include "gateway/realtime/fanout.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/room.h"

/* Events of a slice. */
#define SLICE 256
/* How many items of one topic are sent to a receiver at a time. */
#define GROUP 32

struct item {
    struct item *prev, *next;
    struct fanout_news news;
    uint64_t number;
    char topic[];
};

struct fanout {
    uv_idle_t idle;
    struct fanout_owner owner;
    struct item *items;
    size_t waiting;
    uint64_t last;
    size_t group; /* so many, the first, are being told; 0: none */
    struct hub_walk walk;
    bool is_holding;
};

static struct item *item_new(const struct fanout_news *news, uint64_t number)
{
    size_t len = strlen(news->topic);
    struct item *item = mem_zalloc(sizeof(*item) + len + 1);

    item->news = *news;
    item->number = number;
    memcpy(item->topic, news->topic, len + 1);
    item->news.topic = item->topic;
    event_ref(item->news.event);
    if (item->news.but)
        users_ref(item->news.but);
    return item;
}

static void item_free(struct fanout *fanout, struct item *item)
{
    DL_DELETE(fanout->items, item);
    fanout->waiting--;
    event_unref(item->news.event);
    if (item->news.but)
        users_unref(&item->news.but->realtime->users, item->news.but);
    free(item);
}

static void tell_passing(struct subscription *one, const struct fanout_news *news)
{
    struct client *client = client_of_subscriber(one->subscriber);

    if (news->but && client->user == news->but)
        return;
    if (one->messages && one->messages->is_behind)
        client->realtime->counters.dropped++;
    else
        client_tell(client, news->event);
}

static void tell_one(struct subscription *one, const struct item *item)
{
    const struct feed_news news = {
        .number = item->number, .id = item->news.id, .event = item->news.event};

    switch (item->news.kind) {
    case FANOUT_MESSAGE:
        if (one->messages)
            feed_hear(one->messages, &news);
        break;
    case FANOUT_BROADCAST:
        feed_hear(&one->broadcasts, &news);
        break;
    case FANOUT_PASSING:
        tell_passing(one, &item->news);
        break;
    }
}

static void tell_group(struct fanout *fanout, struct subscription *one)
{
    struct peer *peer = client_of_subscriber(one->subscriber)->peer;
    const struct item *item = fanout->items;

    peer_cork(peer);
    for (size_t i = 0; i < fanout->group; i++, item = item->next)
        tell_one(one, item);
    peer_uncork(peer);
}

static bool go_together(const struct item *a, const struct item *b)
{
    return a->news.hub == b->news.hub && strcmp(a->topic, b->topic) == 0;
}

static void begin_group(struct fanout *fanout)
{
    const struct item *first = fanout->items, *item = first;

    while (item && fanout->group < GROUP && go_together(first, item)) {
        fanout->group++;
        item = item->next;
    }
    hub_walk_begin(first->news.hub, &fanout->walk, first->topic);
}

static void end_group(struct fanout *fanout)
{
    hub_walk_end(fanout->items->news.hub);
    for (; fanout->group > 0; fanout->group--)
        item_free(fanout, fanout->items);
}

/* Tells about so many events; whether something is left. */
static bool tell_some(struct fanout *fanout, size_t most)
{
    size_t told = 0;

    while (fanout->items && told < most) {
        struct subscription *one;

        if (fanout->group == 0)
            begin_group(fanout);
        one = hub_walk_next(&fanout->walk);
        if (one) {
            tell_group(fanout, one);
            told += fanout->group;
        } else {
            end_group(fanout);
        }
    }
    return fanout->items != NULL;
}

static void hold(struct fanout *fanout, bool yes)
{
    if (fanout->is_holding == yes)
        return;
    fanout->is_holding = yes;
    fanout->owner.hold(fanout->owner.context, yes);
}

static void on_idle(uv_idle_t *idle)
{
    struct fanout *fanout = idle->data;

    if (!tell_some(fanout, SLICE))
        uv_idle_stop(idle);
    if (fanout->waiting <= fanout->owner.waiting_max / 2)
        hold(fanout, false);
}

bool fanout_add(struct fanout *fanout, const struct fanout_news *news)
{
    bool at_once = !fanout->items && hub_count(news->hub, news->topic) <= SLICE;
    struct item *item;

    if (news->kind == FANOUT_PASSING && fanout->waiting >= fanout->owner.waiting_max)
        return false;
    item = item_new(news, ++fanout->last);
    DL_APPEND(fanout->items, item);
    fanout->waiting++;
    if (at_once && !tell_some(fanout, SIZE_MAX))
        return true;
    uv_idle_start(&fanout->idle, on_idle);
    if (fanout->waiting >= fanout->owner.waiting_max)
        hold(fanout, true);
    return true;
}

uint64_t fanout_last(const struct fanout *fanout)
{
    return fanout->last;
}

size_t fanout_waiting(const struct fanout *fanout)
{
    return fanout->waiting;
}

struct fanout *fanout_new(uv_loop_t *loop, const struct fanout_owner *owner)
{
    struct fanout *fanout = mem_zalloc(sizeof(*fanout));

    uv_idle_init(loop, &fanout->idle);
    fanout->idle.data = fanout;
    fanout->owner = *owner;
    return fanout;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void fanout_free(struct fanout *fanout)
{
    if (fanout->group > 0)
        hub_walk_end(fanout->items->news.hub);
    while (fanout->items)
        item_free(fanout, fanout->items);
    uv_close((uv_handle_t *)&fanout->idle, on_closed);
}
