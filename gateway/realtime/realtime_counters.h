/* realtime_counters: what realtime counts, for /metrics. */
#ifndef BELFRY_GATEWAY_REALTIME_REALTIME_COUNTERS_H
#define BELFRY_GATEWAY_REALTIME_REALTIME_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "common/histogram.h"

struct realtime_counters {
    uint64_t accepted;       /* tokens that let someone in */
    uint64_t refused;        /* tokens missing, invalid, expired, revoked */
    uint64_t expired;        /* connections closed at their token's end */
    uint64_t revoked;        /* … by a revocation */
    uint64_t sessions_over;  /* … by the end of their session */
    uint64_t rate_limited;   /* events refused */
    uint64_t floods;         /* connections closed for it */
    uint64_t dropped;        /* typing and presence not sent to slow clients */
    uint64_t fell_behind;    /* times a subscription fell behind and had to read from the store */
    uint64_t held_back;      /* times the store was held back, because too much waited to be sent */
    uint64_t unavailable;    /* events refused because the store was unavailable */
    uint64_t changes_sent;   /* events that told of changed notifications */
    uint64_t changes_behind; /* … that waited in the store for a slow client */
    uint64_t changes_overflowed; /* connections closed since too many of these waited */
    uint64_t notifications_sent, notifications_confirmed, confirmations_overdue;
    size_t users, clients, topics, subscriptions;
    size_t unconfirmed;  /* notifications in all windows … */
    size_t windows_full; /* … and windows that are full */
    /* From when a token was sent to when its client was let in; from a notification's insertion to
     * when it was sent; and from there to its confirmation. */
    struct histogram_copy handshakes, send_times, confirm_times;
    /* Events that are being sent to a topic, or wait for those before them. */
    size_t fanout_waiting;
};

#endif
