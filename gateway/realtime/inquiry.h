/*
 * inquiry: questions to the store about a user, one of each kind at a time.
 *
 * Callers that need an answer call inquiry_want. If the same question is under
 * way already, it is asked once more afterwards, since its answer may lack what
 * changed meanwhile. There is a pause between two questions of a kind, so that
 * nobody keeps the store busy with one user; a question that was refused is
 * asked again.
 *
 * A user's inquiries exist while something is wanted, under way or paused. The
 * context has a table of functions that ask each kind (realtime->inquire): each
 * call leads to one inquiry_settle, at once or later, and the user is
 * referenced until then.
 */
#ifndef BELFRY_GATEWAY_REALTIME_INQUIRY_H
#define BELFRY_GATEWAY_REALTIME_INQUIRY_H

#include <stdbool.h>

#define INQUIRY_PAUSE_MS 200
#define INQUIRY_RETRY_MS 1000

struct user;

enum inquiry_kind {
    INQUIRE_CONVERSATIONS, /* that they are a member of */
    INQUIRE_ABSENT,        /* users who share a conversation and are not connected */
    INQUIRE_STRANGERS,     /* which of their strangers share a conversation again */
    INQUIRIES
};

/* Asks, now or as soon as the pause allows. */
void inquiry_want(struct user *user, enum inquiry_kind kind);
/* The answer came; not `answered`: it was refused, and is asked again. */
void inquiry_settle(struct user *user, enum inquiry_kind kind, bool answered);
/* The user leaves: nothing more is wanted. What is under way still comes to inquiry_settle. */
void inquiry_stop(struct user *user);

#endif
