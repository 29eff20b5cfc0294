/*
 * feed: sends the rows of one kind and one topic to one client, in order.
 *
 * While a feed is live, news are sent at once. If too much output that the
 * client did not ask for waits, the feed falls behind: it skips news, and reads
 * the rows from the store instead, page by page, as fast as the client takes
 * them, until it has caught up and is live again. So nothing is lost or comes
 * out of order, and a slow client's rows wait in the store.
 *
 * A feed of broadcasts begins behind where standing ones may be owed: it first
 * reads those.
 *
 * News are numbered, and numbers only grow. Those up to `heard` are done: they
 * were sent, or were part of a later answer of the store.
 *
 * Ownership: feeds belong to their subscription (hub.h), which holds the one of
 * broadcasts in itself: every subscription has one. Memory that a feed needs only
 * while it is behind is allocated then, so that a topic costs an idle client little. A
 * page that is on its way when the feed ends is dropped.
 */
#ifndef BELFRY_GATEWAY_REALTIME_FEED_H
#define BELFRY_GATEWAY_REALTIME_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/store_broadcasts.h"

struct client;
struct event;
struct feed;
struct store_message;
struct subscription;

/* One item of news for a feed. */
struct feed_news {
    uint64_t number;
    int64_t id;
    struct event *event;
};

/* Begins a live feed of the messages with an id above `cursor`. */
void feed_begin_messages(struct subscription *subscription, int64_t cursor);
/* Begins a live feed of the broadcasts with an id above `cursor`, or, if that is FEED_STANDING, a
 * feed of the standing ones, and then of new ones. */
#define FEED_STANDING STORE_SOME_STAND
void feed_begin_broadcasts(struct subscription *subscription, int64_t cursor);
/* Ends all feeds of the subscription. */
void feed_end_all(struct subscription *subscription);

/* `feed` is one of the subscription's. */
void feed_hear(struct subscription *subscription, struct feed *feed, const struct feed_news *news);
bool feed_is_behind(const struct feed *feed);

/* The event of a stored message, and of a broadcast, which also says its id and topic; the caller's
 * reference. */
struct event *feed_message_event(const struct store_message *message);
struct event *feed_broadcast_event(const struct store_broadcast *broadcast);

/* The client has taken its output, or the store is available again: reads on for feeds that are
 * behind. */
void feeds_go_on(struct client *client);
/* The client leaves; its feeds have ended. */
void feeds_end(struct client *client);

#endif
