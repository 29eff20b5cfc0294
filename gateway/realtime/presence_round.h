/*
 * presence_round: telling of presence without holding up anybody else.
 *
 * After a restart a thousand users come back within a second, and each of them
 * is news to a thousand others. So what there is to tell is gathered for a
 * moment and worked off in slices, between which the loop serves everybody; and
 * what one listener has to hear goes out in one write. This is the fan-out
 * (fanout.h) the other way round: there one event goes to all of a topic, here
 * all events of a moment go to one user.
 *
 * Users and clients that wait here are referenced. What all listeners together
 * have yet to hear is bounded; past the bound, changes wait until some of it is
 * out.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_ROUND_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_ROUND_H

#include <stddef.h>
#include <uv.h>

struct client;
struct event;
struct presence_round;
struct user;
struct wheel;

/* What is done for each, in slices. Both return about how many users were spoken to, or of. */
struct presence_work {
    size_t (*tell)(struct user *user);          /* what others are to hear of this one */
    size_t (*introduce)(struct client *client); /* what this one is told at first */
};

struct presence_round *presence_round_new(
    uv_loop_t *loop, struct wheel *wheel, const struct presence_work *work);
/* Lets go of all that waits. Needs one more turn of the loop. */
void presence_round_free(struct presence_round *round);

/* Told of in a moment, and then once. */
void presence_round_changed(struct presence_round *round, struct user *user);
/* The client is introduced as soon as others have had their turn; once, however often a page asks
 * meanwhile. */
void presence_round_introduce(struct presence_round *round, struct client *client);
/* All clients of that user that have joined presence:updates are to hear it, once. */
void presence_round_hear(struct presence_round *round, struct user *listener, struct event *event);

#endif
