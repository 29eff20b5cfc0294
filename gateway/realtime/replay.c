#include "gateway/realtime/replay.h"

#include <inttypes.h>
#include <stdio.h>

#include "gateway/realtime/context.h"
#include "gateway/realtime/feed.h"
#include "gateway/realtime/joining.h"
#include "gateway/realtime/own_topic.h"
#include "gateway/realtime/subscription.h"
#include "gateway/realtime/topic.h"
#include "gateway/store/store_broadcasts.h"

static void replay_answer(const struct joining *joining, const struct store_broadcasts *answer)
{
    char more[64] = ",\"hasMore\":false";

    if (answer->has_more)
        snprintf(more, sizeof(more), ",\"hasMore\":true,\"upTo\":\"%" PRId64 "\"", answer->upto);
    subscription_answer(joining->reply->client, joining->reply->answer, joining->topic, more);
}

/* The client asked for these, so they count as an answer. */
static void replay_send(struct client *client, const struct store_broadcasts *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct event *event = feed_broadcast_event(&answer->broadcasts[i]);

        peer_send_asked(client->peer, event);
        event_unref(event);
    }
}

/* Checks again what was true when the store was asked: auth:refresh may have removed the right. */
static void replay_go_live(const struct joining *joining, const struct store_broadcasts *answer)
{
    struct client *client = joining->reply->client;
    enum topic_right right = topic_right(joining->topic, &client->claims);

    if (right != TOPIC_OWN && right != TOPIC_ALLOWED) {
        reply_error(joining->reply, "forbidden", "No right to this topic");
    } else if (right == TOPIC_OWN || joining_has_place(joining)) {
        replay_answer(joining, answer);
        replay_send(client, answer);
        if (right == TOPIC_OWN)
            own_topic_join_after(client, answer->heard);
        else
            subscription_join_after(client, joining->topic, answer->heard);
    }
}

static void on_replay(void *context, const struct store_broadcasts *answer)
{
    struct joining *joining = context;

    joining_end(joining);
    if (answer->verdict != STORE_OK)
        reply_refused(joining->reply, answer->verdict);
    else if (joining_is_wanted(joining))
        replay_go_live(joining, answer);
    joining_free(joining);
}

void replay_join(
    struct client *client, const struct peer_event *event, const char *topic, int64_t since)
{
    struct joining *joining =
        joining_new(reply_new_large(client, "subscribe", event->answer), topic);
    char own[TOPIC_MAX + 1];

    if (topic_right(topic, &client->claims) == TOPIC_OWN) {
        topic_write_own(own, client->user->id);
        topic = own;
    }
    joining_begin(joining);
    store_standing_broadcasts(
        client->realtime->store, topic, since, STORE_HEARD_ALL, REPLAY_MAX, on_replay, joining);
}
