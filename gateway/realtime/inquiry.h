/*
 * inquiry: what has to be asked of the store about a user, one question of a
 * kind at a time.
 *
 * Whoever wants an answer says so; where the same is under way already it is
 * asked again afterwards, since what changed meanwhile may not be in the
 * answer. Between two questions of a kind lies a pause, so that nobody keeps the
 * store busy with one; and one that was refused is asked again.
 */
#ifndef BELFRY_GATEWAY_REALTIME_INQUIRY_H
#define BELFRY_GATEWAY_REALTIME_INQUIRY_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/net/wheel.h"

#define INQUIRY_PAUSE_MS 200
#define INQUIRY_RETRY_MS 1000

struct user;

enum inquiry_kind {
    INQUIRE_CONVERSATIONS, /* of which they are a member */
    INQUIRE_ABSENT,        /* with whom they share one, and who is not here */
    INQUIRE_STRANGERS,     /* with whom they share one again */
    INQUIRIES
};

/* Of one user: zeroed at first. */
struct inquiries {
    struct inquiry {
        int64_t not_before; /* steady ms */
        bool is_wanted, is_under_way;
    } of[INQUIRIES];
    struct wheel_entry timer;
};

/* Asks, now or as soon as may be. */
void inquiry_want(struct user *user, enum inquiry_kind kind);
/* The answer is there; not `answered`: it was refused, and is to be asked again. */
void inquiry_settle(struct user *user, enum inquiry_kind kind, bool answered);
/* The user goes: nothing more is wanted. */
void inquiry_stop(struct user *user);

/* How each kind is asked: leads to one inquiry_settle, at once or later. The user is referenced
 * until then. */
extern void (*const inquiry_ask[INQUIRIES])(struct user *user);

#endif
