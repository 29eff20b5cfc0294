/*
 * presence_round: tells changes in presence without holding up anybody.
 *
 * After a restart a thousand users come back within a second, and each of them
 * is news to a thousand others. So changes are collected for a moment and told
 * in slices, between which the loop serves everybody else; and everything for
 * one listener is sent in one write. This is the fan-out (fanout.h) turned
 * around: there one event goes to everybody in a topic, here all events of a
 * moment go to one user.
 *
 * Users and clients that wait here are referenced. The events waiting for all
 * listeners together are bounded; at the bound, changes wait until some have
 * been sent.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_ROUND_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_ROUND_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct client;
struct event;
struct presence_round;
struct user;
struct wheel;

/* The work for each, done in slices. The first two return roughly how many users were told, or
 * told about. */
struct presence_work {
    size_t (*tell)(struct user *user);          /* tells others of this one */
    size_t (*introduce)(struct client *client); /* tells this one of others */
    bool (*learn)(struct user *user);           /* asks who their contacts are; false: no need */
};

struct presence_round *presence_round_new(
    uv_loop_t *loop, struct wheel *wheel, const struct presence_work *work);
/* Releases all that waits. Needs one more turn of the loop. */
void presence_round_free(struct presence_round *round);

/* The user came or went: others are told in a moment, once. */
void presence_round_changed(struct presence_round *round, struct user *user);
/* Introduces the client as soon as others have had their turn; once, however often a page asks
 * meanwhile. */
void presence_round_introduce(struct presence_round *round, struct client *client);
/* Learns who the user's contacts are, a few users at a time: others are answered in between. */
void presence_round_learn(struct presence_round *round, struct user *user);
/* The store has answered, or nobody waits for it any more; at other times it does nothing. */
void presence_round_learnt(struct presence_round *round, struct user *user);
/* Sends the event to all clients of that user that are subscribed to presence:updates. */
void presence_round_hear(struct presence_round *round, struct user *listener, struct event *event);

#endif
