/*
 * feed_state: struct feed, embedded in subscriptions (hub.h). feed.h says what it
 * is and has its functions.
 */
#ifndef BELFRY_GATEWAY_REALTIME_FEED_STATE_H
#define BELFRY_GATEWAY_REALTIME_FEED_STATE_H

#include <stdint.h>

struct behind;

struct feed {
    int64_t cursor; /* rows up to this id are done */
    uint64_t heard;
    struct behind *behind; /* NULL while it is live */
};

#endif
