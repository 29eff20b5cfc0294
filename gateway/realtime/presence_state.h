/*
 * presence_state: how the state of a user is written, `{"userId","isOnline",
 * "lastSeen"}`.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_STATE_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define PRESENCE_JSON_MAX 4096

struct event;
struct realtime;
struct user;

/* last_seen in Unix ms; 0: never. */
void presence_state_write(struct buf *json, const char *id, bool is_online, int64_t last_seen);
/* The state of a user as they are now; last_seen is for one who is not here. Where others were told
 * something else last, and the next round would find no change, it is made to tell all the same. */
void presence_state_write_user(
    const struct realtime *realtime, struct buf *json, const char *id, int64_t last_seen);
/* The same as an event, lent: whoever hears of the user within a second hears one and the same, so
 * that thousands who meet at once do not cost a million events. */
struct event *presence_state_event(struct user *user);

#endif
