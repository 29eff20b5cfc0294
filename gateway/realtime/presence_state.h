/*
 * presence_state: writes the state of a user,
 * `{"userId","isOnline","lastSeen"}`.
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
/* The user's state now; last_seen is used if they are not connected. If others were last told
 * something else, and the next round would find no change, makes it tell anyway. */
void presence_state_write_user(
    const struct realtime *realtime, struct buf *json, const char *id, int64_t last_seen);
/* The same as an event, lent. It is reused for a second, so that thousands of users who meet at
 * once do not cost a million events. */
struct event *presence_state_event(struct user *user);

#endif
