/*
 * presence_state: the state of several users at once, for one who asks:
 * `presence:get`, and what a subscription to presence:updates begins with.
 *
 * Who is online is known here, and who of these is within the asker's scope; of
 * the others the store says it, and when they were last seen.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_STATE_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_STATE_H

#include "common/buf.h"
#include "gateway/realtime/client.h"

#define PRESENCE_JSON_MAX 4096
#define PRESENCE_ASK_MAX 100

/* {"userId","isOnline","lastSeen"}; last_seen in Unix ms, 0: never. */
void presence_state_write(struct buf *json, const char *id, bool is_online, int64_t last_seen);
/* The same of a user as they are now; last_seen is for one who is not here. Should they be before
 * the next round as they were told of last, that round says so. */
void presence_state_write_user(
    const struct realtime *realtime, struct buf *json, const char *id, int64_t last_seen);
/* The same as an event, lent: whoever hears of the user within a second hears one and the same, so
 * that thousands who meet at once cost no million events. */
struct event *presence_state_event(struct user *user);

#endif
