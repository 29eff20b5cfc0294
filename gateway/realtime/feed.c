#include "gateway/realtime/feed.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "common/memory.h"
#include "common/row_rules.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_broadcasts.h"
#include "gateway/store/store_conversations.h"

/* A store that was unavailable is asked again after this long. */
#define RETRY_MS 500
/* Topics that the store is asked about in one question. */
#define TOPICS_ASKED 256

/* A feed that is behind. */
struct behind {
    struct behind *prev, *next; /* among the client's */
    struct subscription *subscription;
    struct feed *feed;
    int64_t known;      /* of broadcasts: the highest id that had come as news when it began */
    int64_t read_from;  /* rows above this id, up to the cursor, were sent in pages */
    uint64_t read_told; /* the number of the last news when the last page came */
    bool is_standing;   /* it reads the standing ones … */
    bool is_any;        /* … of which there are some, as the store has said */
    bool has_missed;    /* news were skipped */
    uint16_t place;     /* in the question about many topics that is under way, from 1; 0: none */
};

/* A client's feeds that are behind. Only one page is read at a time for all of them. Exists while a
 * feed is behind or a page is awaited. */
struct backlog {
    struct client *client;
    struct behind *behind; /* in the order of reading */
    struct feed *read;     /* the feed whose page is awaited; NULL: none, or it has ended */
    struct wheel_entry retry;
    bool is_reading; /* a page is awaited */
};

static struct client *client_of(const struct subscription *subscription)
{
    return client_of_subscriber(subscription->subscriber);
}

static struct backlog *backlog_need(struct client *client)
{
    if (!client->backlog) {
        client->backlog = mem_zalloc(sizeof(*client->backlog));
        client->backlog->client = client;
    }
    return client->backlog;
}

static void backlog_end_if_empty(struct client *client)
{
    struct backlog *backlog = client->backlog;

    if (!backlog || backlog->behind || backlog->is_reading)
        return;
    wheel_stop(&backlog->retry);
    client->backlog = NULL;
    free(backlog);
}

static void fall_behind(struct subscription *subscription, struct feed *feed)
{
    struct backlog *backlog = backlog_need(client_of(subscription));

    feed->behind = mem_zalloc(sizeof(*feed->behind));
    feed->behind->subscription = subscription;
    feed->behind->feed = feed;
    feed->behind->read_from = feed->cursor;
    DL_APPEND(backlog->behind, feed->behind);
}

static void catch_up(struct feed *feed)
{
    struct behind *behind = feed->behind;

    DL_DELETE(client_of(behind->subscription)->backlog->behind, behind);
    feed->behind = NULL;
    free(behind);
}

void feed_begin_messages(struct subscription *subscription, int64_t cursor)
{
    subscription->messages = mem_zalloc(sizeof(*subscription->messages));
    subscription->messages->cursor = cursor;
    subscription->messages->heard = client_of(subscription)->realtime->told;
}

static void read_standing(struct subscription *subscription)
{
    struct client *client = client_of(subscription);
    struct feed *feed = &subscription->broadcasts;

    fall_behind(subscription, feed);
    feed->behind->known = client->realtime->broadcasts_highest;
    feed->behind->is_standing = true;
    feeds_go_on(client);
}

void feed_begin_broadcasts(struct subscription *subscription, int64_t cursor)
{
    subscription->broadcasts.heard = client_of(subscription)->realtime->told;
    if (cursor == FEED_STANDING)
        read_standing(subscription);
    else
        subscription->broadcasts.cursor = cursor;
}

static void feed_end(struct client *client, struct feed *feed)
{
    if (client->backlog && client->backlog->read == feed)
        client->backlog->read = NULL;
    if (feed->behind)
        catch_up(feed);
    backlog_end_if_empty(client);
}

void feed_end_all(struct subscription *subscription)
{
    struct client *client = client_of(subscription);

    if (subscription->messages)
        feed_end(client, subscription->messages);
    feed_end(client, &subscription->broadcasts);
    free(subscription->messages);
    subscription->messages = NULL;
}

bool feed_is_behind(const struct feed *feed)
{
    return feed->behind != NULL;
}

/* Whether the row's id is not above the cursor, because it was set back or given a low id by hand:
 * reading on from the cursor would miss it. */
static bool is_old(const struct feed *feed, int64_t id)
{
    bool is_standing = feed->behind && feed->behind->is_standing;

    return id <= (is_standing ? feed->behind->known : feed->cursor);
}

/* Whether the row was in a page that came while its news was still on the way through the fan-out.
 */
static bool was_read(const struct feed *feed, const struct feed_news *news)
{
    const struct behind *behind = feed->behind;

    return behind && news->number <= behind->read_told && news->id > behind->read_from &&
           news->id <= feed->cursor;
}

void feed_hear(struct subscription *subscription, struct feed *feed, const struct feed_news *news)
{
    struct client *client = client_of(subscription);

    if (news->number <= feed->heard)
        return;
    feed->heard = news->number;
    if (was_read(feed, news))
        return;
    if (is_old(feed, news->id)) {
        peer_send(client->peer, news->event);
    } else if (feed->behind) {
        feed->behind->has_missed = true;
    } else if (client_has_room(client)) {
        feed->cursor = news->id;
        peer_send(client->peer, news->event);
    } else {
        client->realtime->counters.fell_behind++;
        fall_behind(subscription, feed);
        feed->behind->has_missed = true;
        feeds_go_on(client);
    }
}

/* A page was sent, up to that id. */
static void move_on(struct feed *feed, int64_t upto, bool has_more)
{
    struct backlog *backlog = client_of(feed->behind->subscription)->backlog;

    if (upto > feed->cursor)
        feed->cursor = upto;
    if (has_more) {
        feed->behind->read_told = backlog->client->realtime->told;
        /* Lets the client's other feeds have their turn. */
        DL_DELETE(backlog->behind, feed->behind);
        DL_APPEND(backlog->behind, feed->behind);
    } else {
        feed->heard = backlog->client->realtime->told;
        catch_up(feed);
    }
}

/* All standing broadcasts are sent. News skipped meanwhile are read next. */
static void end_of_standing(struct feed *feed, int64_t upto)
{
    feed->cursor = feed->behind->read_from = upto;
    feed->behind->is_standing = false;
    if (!feed->behind->has_missed)
        catch_up(feed);
}

static void on_retry(struct wheel_entry *entry)
{
    feeds_go_on(container_of(entry, struct backlog, retry)->client);
}

/* The feed whose page came; NULL if it has ended, or the store was unavailable. */
static struct feed *answer_take(struct client *client, enum store_verdict verdict)
{
    struct backlog *backlog = client->backlog;
    struct feed *feed = backlog->read;

    backlog->read = NULL;
    backlog->is_reading = false;
    if (verdict == STORE_OK || client->state != CLIENT_READY)
        return feed;
    wheel_start(client->realtime->wheel, &backlog->retry, RETRY_MS, on_retry);
    return NULL;
}

static void answer_done(struct client *client)
{
    backlog_end_if_empty(client);
    if (client->backlog && !wheel_started(&client->backlog->retry))
        feeds_go_on(client);
    client_unref(client);
}

struct event *feed_message_event(const struct store_message *message)
{
    return event_new("message", message->json, message->len);
}

struct event *feed_broadcast_event(const struct store_broadcast *broadcast)
{
    struct event *event;
    struct buf members;

    buf_init(&members, ROW_TOPIC_MAX * 6 + 64);
    buf_addf(&members, "\"broadcastId\":\"%" PRId64 "\",\"topic\":", broadcast->id);
    buf_add_json_string(&members, broadcast->topic, strlen(broadcast->topic));
    event = event_new_with(
        broadcast->event, broadcast->json, broadcast->len, members.data, members.len);
    buf_release(&members);
    return event;
}

static void on_messages(void *context, const struct store_messages *answer)
{
    struct client *client = context;
    struct feed *feed = answer_take(client, answer->verdict);

    if (feed) {
        for (size_t i = 0; i < answer->count; i++) {
            struct event *event = feed_message_event(&answer->messages[i]);

            peer_send(client->peer, event);
            event_unref(event);
        }
        move_on(feed, answer->upto, answer->has_more);
    }
    answer_done(client);
}

static void send_broadcasts(struct client *client, const struct store_broadcasts *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct event *event = feed_broadcast_event(&answer->broadcasts[i]);

        peer_send(client->peer, event);
        event_unref(event);
    }
}

static void on_standing(void *context, const struct store_broadcasts *answer)
{
    struct client *client = context;
    struct feed *feed = answer_take(client, answer->verdict);

    if (feed) {
        send_broadcasts(client, answer);
        if (answer->has_more)
            feed->cursor = answer->upto;
        else
            end_of_standing(feed, answer->upto);
    }
    answer_done(client);
}

/* In the order of the question; feeds that have ended meanwhile are no longer in the list. */
static void settle_topics(struct backlog *backlog, const struct store_standing_topics *answer)
{
    struct behind *behind, *next;

    DL_FOREACH_SAFE (backlog->behind, behind, next) {
        size_t place = behind->place;

        behind->place = 0;
        if (place == 0 || place > answer->count)
            continue;
        behind->is_any = answer->upto[place - 1] == STORE_SOME_STAND;
        if (!behind->is_any)
            end_of_standing(behind->feed, answer->upto[place - 1]);
    }
}

static void on_topics(void *context, const struct store_standing_topics *answer)
{
    struct client *client = context;

    answer_take(client, answer->verdict);
    settle_topics(client->backlog, answer);
    answer_done(client);
}

/* A page that joins many topics asks about them together. False: it is about one at most. */
static bool ask_about_topics(struct backlog *backlog)
{
    struct client *client = backlog->client;
    struct store_topic topics[TOPICS_ASKED];
    struct behind *behind;
    uint16_t count = 0;

    DL_FOREACH (backlog->behind, behind) {
        if (count == TOPICS_ASKED || !behind->is_standing || behind->is_any)
            break;
        topics[count] = (struct store_topic){hub_name(behind->subscription), behind->known};
        behind->place = ++count;
    }
    if (count > 1)
        store_standing_topics(client->realtime->store, topics, count, on_topics, client);
    else if (count == 1)
        backlog->behind->place = 0;
    return count > 1;
}

static void on_broadcasts(void *context, const struct store_broadcasts *answer)
{
    struct client *client = context;
    struct feed *feed = answer_take(client, answer->verdict);

    if (feed) {
        send_broadcasts(client, answer);
        move_on(feed, answer->upto, answer->has_more);
    }
    answer_done(client);
}

static void feed_read_on(struct backlog *backlog)
{
    const struct subscription *subscription = backlog->behind->subscription;
    struct feed *feed = backlog->behind->feed;
    struct client *client = client_ref(backlog->client);
    struct store *store = client->realtime->store;
    const char *topic = hub_name(subscription);

    backlog->is_reading = true;
    if (ask_about_topics(backlog))
        return;
    backlog->read = feed;
    if (feed == subscription->messages)
        store_missed_messages(store, topic_conversation(topic), feed->cursor, on_messages, client);
    else if (feed->behind->is_standing)
        store_standing_broadcasts(
            store, topic, feed->cursor, feed->behind->known, SIZE_MAX, on_standing, client);
    else
        store_missed_broadcasts(store, topic, feed->cursor, on_broadcasts, client);
}

void feeds_go_on(struct client *client)
{
    struct backlog *backlog = client->backlog;

    if (!backlog || !backlog->behind || backlog->is_reading || client->state != CLIENT_READY ||
        !client_has_taken(client))
        return;
    wheel_stop(&backlog->retry);
    feed_read_on(backlog);
}

void feeds_end(struct client *client)
{
    if (client->backlog)
        wheel_stop(&client->backlog->retry);
    backlog_end_if_empty(client);
}
