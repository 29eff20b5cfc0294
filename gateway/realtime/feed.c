#include "gateway/realtime/feed.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/talk.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/conversations.h"

/* A store that could not answer is asked again after that long. */
#define RETRY_MS 500

static void fall_behind(struct feed *feed)
{
    feed->is_behind = true;
    DL_APPEND(feed->client->behind, feed);
}

static void begin(struct feed *feed, struct client *client, const char *topic, uint64_t heard)
{
    feed->client = client;
    feed->topic = topic;
    feed->heard = heard;
}

struct feed *feed_new_messages(
    struct client *client, const char *conversation, int64_t cursor, uint64_t heard)
{
    struct feed *feed = mem_zalloc(sizeof(*feed));

    begin(feed, client, conversation, heard);
    feed->kind = FEED_MESSAGES;
    feed->cursor = cursor;
    return feed;
}

void feed_free(struct feed *feed)
{
    if (feed)
        feed_end(feed);
    free(feed);
}

void feed_begin_broadcasts(
    struct feed *feed, struct client *client, const char *topic, uint64_t heard)
{
    begin(feed, client, topic, heard);
    feed->kind = FEED_BROADCASTS;
    feed->known = client->realtime->heard;
    feed->is_standing = true;
    fall_behind(feed);
    feeds_go_on(client);
}

static void catch_up(struct feed *feed)
{
    DL_DELETE(feed->client->behind, feed);
    feed->is_behind = feed->has_missed = false;
}

void feed_end(struct feed *feed)
{
    if (!feed->client)
        return;
    if (feed->client->read == feed)
        feed->client->read = NULL;
    if (feed->is_behind)
        catch_up(feed);
    feed->client = NULL;
}

/* A row that was set back, or given a low id by hand: reading on from the cursor would miss it. */
static bool is_old(const struct feed *feed, int64_t id)
{
    return id <= (feed->is_standing ? feed->known : feed->cursor);
}

void feed_hear(struct feed *feed, const struct feed_news *news)
{
    struct client *client = feed->client;

    if (!client || news->number <= feed->heard)
        return;
    feed->heard = news->number;
    if (is_old(feed, news->id)) {
        peer_send(client->peer, news->event);
    } else if (feed->is_behind) {
        feed->has_missed = true;
    } else if (client_has_room(client)) {
        feed->cursor = news->id;
        peer_send(client->peer, news->event);
    } else {
        client->realtime->counters.fell_behind++;
        feed->has_missed = true;
        fall_behind(feed);
        feeds_go_on(client);
    }
}

/* Up to where a page goes, and whether the store has more. */
static void move_on(struct feed *feed, int64_t upto, bool has_more)
{
    struct client *client = feed->client;

    if (upto > feed->cursor)
        feed->cursor = upto;
    if (has_more) {
        /* The client's others have their turn. */
        DL_DELETE(client->behind, feed);
        DL_APPEND(client->behind, feed);
    } else {
        feed->heard = fanout_last(client->realtime->fanout);
        catch_up(feed);
    }
}

/* All that stands is sent. What was passed by meanwhile is read on. */
static void end_of_standing(struct feed *feed, int64_t upto)
{
    feed->cursor = upto;
    feed->is_standing = false;
    if (!feed->has_missed)
        catch_up(feed);
}

static void on_retry(struct wheel_entry *entry)
{
    feeds_go_on(container_of(entry, struct client, retry));
}

/* The feed whose page came; NULL where it has ended, or where the store could not be had. */
static struct feed *take_answer(struct client *client, enum store_verdict verdict)
{
    struct feed *feed = client->read;

    client->read = NULL;
    client->is_reading = false;
    if (verdict == STORE_OK || client->state != CLIENT_READY)
        return feed;
    wheel_start(client->realtime->wheel, &client->retry, RETRY_MS, on_retry);
    return NULL;
}

static void done_with_answer(struct client *client)
{
    if (client->state == CLIENT_READY && !wheel_started(&client->retry))
        feeds_go_on(client);
    client_unref(client);
}

static void on_messages(void *context, const struct store_messages *answer)
{
    struct client *client = context;
    struct feed *feed = take_answer(client, answer->verdict);

    if (feed) {
        for (size_t i = 0; i < answer->count; i++) {
            struct event *event = talk_event(&answer->messages[i]);

            peer_send(client->peer, event);
            event_unref(event);
        }
        move_on(feed, answer->upto, answer->has_more);
    }
    done_with_answer(client);
}

static void send_broadcasts(struct client *client, const struct store_broadcasts *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct store_broadcast *one = &answer->broadcasts[i];
        struct event *event = event_new(one->event, one->json, one->len);

        peer_send(client->peer, event);
        event_unref(event);
    }
}

static void on_standing(void *context, const struct store_broadcasts *answer)
{
    struct client *client = context;
    struct feed *feed = take_answer(client, answer->verdict);

    if (feed) {
        send_broadcasts(client, answer);
        if (answer->has_more)
            feed->cursor = answer->upto;
        else
            end_of_standing(feed, answer->upto);
    }
    done_with_answer(client);
}

static void on_broadcasts(void *context, const struct store_broadcasts *answer)
{
    struct client *client = context;
    struct feed *feed = take_answer(client, answer->verdict);

    if (feed) {
        send_broadcasts(client, answer);
        move_on(feed, answer->upto, answer->has_more);
    }
    done_with_answer(client);
}

static void ask(struct feed *feed)
{
    struct store *store = feed->client->realtime->store;
    struct client *client = client_ref(feed->client);

    client->read = feed;
    client->is_reading = true;
    if (feed->kind == FEED_MESSAGES)
        store_read_on(store, topic_conversation(feed->topic), feed->cursor, on_messages, client);
    else if (feed->is_standing)
        store_standing(store, feed->topic, feed->cursor, feed->known, on_standing, client);
    else
        store_broadcasts_behind(store, feed->topic, feed->cursor, on_broadcasts, client);
}

void feeds_go_on(struct client *client)
{
    if (!client->behind || client->is_reading || client->state != CLIENT_READY ||
        peer_unsent(client->peer) > client->realtime->settings.max_buffer / 2)
        return;
    wheel_stop(&client->retry);
    ask(client->behind);
}

void feeds_end(struct client *client)
{
    wheel_stop(&client->retry);
}
