/*
 * feed: rows of one kind, of one topic, in order, to one client.
 *
 * A feed is live: what comes as news is sent at once. Where too much that the
 * client did not ask for waits to be sent, the feed falls behind: news are
 * passed by, and the rows are read from the store instead, page by page, as
 * fast as the client takes them, until the feed has caught up and is live
 * again. So nothing is lost or comes out of order, and what waits for a slow
 * client waits in the store.
 *
 * A feed of broadcasts begins behind: those that stand are read first.
 *
 * News are numbered, and numbers only grow. Those up to `heard` are dealt with:
 * they were sent, or were part of an answer of the store that came after them.
 *
 * Ownership: a feed belongs to a subscription (hub.h). What it needs only while
 * it is behind is allocated then. A page that is on its way when the feed ends
 * is dropped.
 */
#ifndef BELFRY_GATEWAY_REALTIME_FEED_H
#define BELFRY_GATEWAY_REALTIME_FEED_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct event;
struct feed;
struct store_message;
struct subscription;

/* What a feed is told of. */
struct feed_news {
    uint64_t number;
    int64_t id;
    struct event *event;
};

/* A live one, of the messages behind `cursor`. */
struct feed *feed_new_messages(struct subscription *subscription, int64_t cursor);
/* The broadcasts that stand now, and then those that come. */
struct feed *feed_new_broadcasts(struct subscription *subscription);
/* NULL is fine. */
void feed_free(struct feed *feed);

void feed_hear(struct feed *feed, const struct feed_news *news);
bool feed_is_behind(const struct feed *feed);

/* The event of a stored message; the caller's reference. */
struct event *feed_message_event(const struct store_message *message);

/* The client has taken what it was sent, or the store is back: reads on for feeds that are behind.
 */
void feeds_go_on(struct client *client);
/* The client leaves; its feeds have ended. */
void feeds_end(struct client *client);

#endif
