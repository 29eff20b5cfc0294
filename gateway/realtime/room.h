/*
 * room: what the modules of realtime know of each other. Nobody outside
 * includes this.
 */
#ifndef BELFRY_GATEWAY_REALTIME_ROOM_H
#define BELFRY_GATEWAY_REALTIME_ROOM_H

#include "common/log_pace.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/farewell.h"
#include "gateway/realtime/hub.h"
#include "gateway/realtime/realtime.h"
#include "gateway/realtime/user.h"

struct presence_round;

struct realtime {
    struct wheel *wheel;
    const struct clock *clock;
    const struct logger *log;
    struct log_pace refusals; /* of tokens: what was wrong with them */
    struct store *store;      /* NULL before realtime_set_store, and when it has ended */
    struct hub *hub;          /* what clients have joined by name … */
    struct hub *inner;        /* … and what goes to everybody, or to one user: broadcasts.h */
    struct fanout *fanout;
    struct farewell farewell;
    struct users users;
    struct realtime_settings settings;
    struct delivery_service delivery;
    struct realtime_counters counters;
    struct presence_round *presence;
    struct wheel_entry drift_check;
    int64_t heard; /* the highest id of a broadcast that was told */
    bool is_ending;
    int64_t drift; /* wall time minus steady time, as last seen */
};

#endif
