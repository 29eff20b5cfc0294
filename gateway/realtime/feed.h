/*
 * feed: rows of one kind, of one topic, in order, to one client.
 *
 * A feed is live: what comes as news is sent at once. Where too much waits for
 * the client that it did not ask for, the feed falls behind: news are passed
 * by, and it is read on from the store, page by page, as the client takes what
 * it was sent, until it has caught up and is live again. So nothing is lost or
 * comes out of order, and what waits for a slow client waits in the store.
 *
 * A feed of broadcasts begins behind: those that stand are read first.
 *
 * News have numbers, which only grow. Those up to `heard` are dealt with: they
 * were sent, or an answer of the store that came after them held them.
 *
 * Ownership: a feed belongs to a subscription (hub.h); that of messages is made
 * for those in a conversation alone. A page that is on its way when the feed
 * ends is dropped.
 */
#ifndef BELFRY_GATEWAY_REALTIME_FEED_H
#define BELFRY_GATEWAY_REALTIME_FEED_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct event;

enum feed_kind { FEED_MESSAGES, FEED_BROADCASTS };

struct feed {
    struct client *client;    /* NULL: none */
    struct feed *prev, *next; /* among the client's that are behind */
    const char *topic;        /* lent */
    int64_t cursor;           /* rows up to this id are dealt with */
    uint64_t heard;
    int64_t known; /* of broadcasts: the highest that had come as news when it began */
    enum feed_kind kind;
    bool is_behind;
    bool is_standing; /* it reads those that stand */
    bool has_missed;  /* news were passed by */
};

/* What a feed is told of. */
struct feed_news {
    uint64_t number;
    int64_t id;
    struct event *event;
};

/* A new one, of messages behind `cursor`; those with a number up to `heard` came before it. Live.
 */
struct feed *feed_new_messages(
    struct client *client, const char *conversation, int64_t cursor, uint64_t heard);
/* Ends it; NULL is none. */
void feed_free(struct feed *feed);
/* What stands of that topic, and then what comes. */
void feed_begin_broadcasts(
    struct feed *feed, struct client *client, const char *topic, uint64_t heard);
/* Nothing happens where it has not begun. */
void feed_end(struct feed *feed);

void feed_hear(struct feed *feed, const struct feed_news *news);

/* The client has taken what it was sent, or the store is back: feeds that are behind are read on.
 */
void feeds_go_on(struct client *client);
/* The client goes; its feeds have ended. */
void feeds_end(struct client *client);

#endif
