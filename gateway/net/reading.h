/*
 * reading: what a connection takes in, and when.
 *
 * Octets are read as long as nothing speaks against it: the owner does not hold
 * the connection, nothing that was read before waits to be dealt with, and not
 * too much waits to be written. What comes meanwhile stays in the kernel, so
 * that who sends too fast is slowed down and nothing piles up here. Of one read
 * the part behind the message at which the owner held the connection is kept,
 * and comes first when it goes on.
 *
 * A connection goes on in a turn of its own, never from within the call that
 * let it go on: one after the other, as the host's `resumed` lists them.
 *
 * Ownership: `kept` and the parser are the connection's. None of this touches
 * one whose stage is GONE.
 */
#ifndef BELFRY_GATEWAY_NET_READING_H
#define BELFRY_GATEWAY_NET_READING_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

struct connection;

/* Reads from the socket, or not. */
void reading_set(struct connection *connection, bool reading);
/* Reads again, where nothing speaks against it. */
void reading_go_on(struct connection *connection);
/* What was held and must not be any more is dealt with at the next turn. */
void reading_resume(struct connection *connection);
/* … which is this one, for all of a host: its idle handle calls it. */
void reading_resume_all(uv_idle_t *idle);
/* Frames of a WebSocket. */
void reading_take(struct connection *connection, const void *octets, size_t len);
/* What was read and not dealt with is dropped: the last word is said. */
void reading_drop_kept(struct connection *connection);

#endif
