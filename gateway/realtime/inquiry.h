/*
 * inquiry: what has to be asked of the store about a user, one question of a
 * kind at a time.
 *
 * Whoever needs an answer calls inquiry_want. Where the same question is under
 * way already, it is asked once more afterwards, since that answer may not hold
 * what changed meanwhile. Between two questions of a kind lies a pause, so that
 * nobody keeps the store busy with one user; a question that was refused is
 * asked again.
 *
 * A user's inquiries exist while something is wanted, under way or paused. How
 * each kind is asked stands in a table that the context is given
 * (realtime->inquire): the function leads to one inquiry_settle, at once or
 * later, until which the user is referenced.
 */
#ifndef BELFRY_GATEWAY_REALTIME_INQUIRY_H
#define BELFRY_GATEWAY_REALTIME_INQUIRY_H

#include <stdbool.h>

#define INQUIRY_PAUSE_MS 200
#define INQUIRY_RETRY_MS 1000

struct user;

enum inquiry_kind {
    INQUIRE_CONVERSATIONS, /* of which they are a member */
    INQUIRE_ABSENT,        /* who shares a conversation with them and is not here */
    INQUIRE_STRANGERS,     /* which of their strangers share one with them again */
    INQUIRIES
};

/* Asks, now or as soon as the pause allows. */
void inquiry_want(struct user *user, enum inquiry_kind kind);
/* The answer came; not `answered`: it was refused, and is asked again. */
void inquiry_settle(struct user *user, enum inquiry_kind kind, bool answered);
/* The user leaves: nothing more is wanted. What is under way still comes to inquiry_settle. */
void inquiry_stop(struct user *user);

#endif
