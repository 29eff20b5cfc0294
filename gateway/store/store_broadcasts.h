/*
 * store_broadcasts: the loop's requests about broadcasts, which are events for
 * a topic or for all. The rules at the top of store.h apply.
 *
 * A broadcast comes once, as news (store_conversation_news), to this process
 * alone. One with an end is also kept until then for those who connect later.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_BROADCASTS_H
#define BELFRY_GATEWAY_STORE_STORE_BROADCASTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/verdict.h"

struct store;

/* An event for a topic, or for all ("*"). `json` NULL: no data. */
struct store_broadcast {
    int64_t id;
    const char *topic, *event;
    const char *json;
    size_t len;
    bool stays; /* it has an end: also for those who connect later */
};
/* The broadcast was sent to that many connections. */
void store_broadcast_sent(struct store *store, int64_t id, size_t recipients);

struct store_broadcasts {
    enum store_verdict verdict;
    const struct store_broadcast *broadcasts; /* in order of id */
    size_t count;
    bool has_more;
    int64_t upto;  /* all up to this id were examined */
    int64_t heard; /* the highest id that had been news before this answer */
};
/* For `heard`: the client subscribes when the answer comes, and hears what comes after it. */
#define STORE_HEARD_ALL INT64_MAX
/* Instead of the id of a broadcast: standing ones are owed to the client (store_attached). */
#define STORE_SOME_STAND (-1)
/* For a new subscriber: the unexpired broadcasts with an end, of that topic ("*": for all), with an
 * id above `after`, at most `limit` of them. `heard` is the highest id that had been news when the
 * client subscribed, 0 if none: later ones come to it as news, too. */
void store_standing_broadcasts(struct store *store, const char *topic, int64_t after, int64_t heard,
    size_t limit, void (*found)(void *context, const struct store_broadcasts *answer),
    void *context);

/* For a subscriber of many topics at the same time: which of them have no standing broadcast at
 * all. Nearly always that is so, and then it need not ask for each. */
struct store_topic {
    const char *name;
    int64_t heard; /* as in store_standing_broadcasts */
};
struct store_standing_topics {
    enum store_verdict verdict;
    /* Of each topic, in the order of the question: `upto` of the empty answer that
     * store_standing_broadcasts would give, or STORE_SOME_STAND where it might not be empty. */
    const int64_t *upto;
    size_t count;
};
void store_standing_topics(struct store *store, const struct store_topic *topics, size_t count,
    void (*found)(void *context, const struct store_standing_topics *answer), void *context);

/* For a subscriber that was too slow to take the news: the unexpired broadcasts sent to that topic
 * with an id above `after`. When none is left (has_more is false), the next broadcast comes as
 * news. */
void store_missed_broadcasts(struct store *store, const char *topic, int64_t after,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context);

#endif
