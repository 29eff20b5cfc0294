/*
 * context: what the modules of realtime share. Each of them is given a pointer
 * to it; nothing outside this directory includes it.
 *
 * It is a leaf on purpose: users of a part include that part's own header, so
 * that no module reaches another through this one.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CONTEXT_H
#define BELFRY_GATEWAY_REALTIME_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/hash_table.h"
#include "common/log_pace.h"
#include "gateway/delivery/delivery.h"
#include "gateway/net/wheel.h"
#include "gateway/realtime/realtime_counters.h"
#include "gateway/realtime/realtime_settings.h"
#include "gateway/realtime/roster.h"
#include "gateway/realtime/user.h"

struct fanout;
struct departure;
struct farewell;
struct hub;
struct peer_event;
struct presence_round;
struct recent_ends;
struct sibling;

struct realtime {
    struct wheel *wheel;
    const struct clock *clock;
    const struct logger *log;
    struct log_pace refusals; /* paces the lines that say why a token was refused */
    struct log_pace comings;  /* paces those about clients that came: client_log.h … */
    struct log_pace goings;   /* … and went */
    struct log_pace overload; /* paces the line that says that events wait */
    struct store *store;      /* NULL before realtime_set_store, and once it has ended */
    struct hub *hub;          /* topics that clients joined by name … */
    struct hub *inner;        /* … and those they join unasked: topic_is_inner */
    struct fanout *fanout;
    struct farewell *farewell;
    struct departure *departure;
    struct recent_ends *ends;
    struct users users;
    struct sibling *siblings; /* other gateways: presence_elsewhere.h */
    struct roster roster;
    struct hash_table typing_elsewhere; /* at other gateways: typing.h */
    struct presence_round *presence;
    /* How the store is asked about a user, by kind: inquiry.h. */
    void (*const *inquire)(struct user *user);
    struct realtime_settings settings;
    struct delivery_service delivery;
    struct realtime_counters counters;
    struct histogram handshakes;
    const struct peer_event *handled; /* the event that is being handled: lent; or NULL */
    struct wheel_entry drift_check;
    int64_t drift;              /* wall time minus steady time, when last checked */
    int64_t broadcasts_highest; /* the highest id of a broadcast that came as news */
    uint64_t told;              /* the number of the last item that the fan-out took: fanout.h */
    bool has_unlearnt; /* users came while nobody listened to presence: presence_contacts.h */
    bool is_ending;
};

#endif
