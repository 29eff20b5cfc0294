/*
 * stale_rows: notifications that changed while their client could not be told.
 *
 * If too much output that the client did not ask for waits, changes of rows are
 * not queued behind it: their ids are remembered, each once. When the client
 * has taken its output, the store is asked for the present state of these rows,
 * page by page, and that is sent. So a burst of changes costs a slow client one
 * event a row, the last state, and the gateway little memory. Until all of them
 * are told, later changes wait with them.
 *
 * The ids are bounded: when twice STALE_ROWS_MAX were noted, repetitions are
 * dropped, and a client with more than STALE_ROWS_MAX left is closed with 4408.
 * It finds out what it missed when it connects again.
 */
#ifndef BELFRY_GATEWAY_REALTIME_STALE_ROWS_H
#define BELFRY_GATEWAY_REALTIME_STALE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STALE_ROWS_MAX 16384

struct client;

/* Whether a change of a row has to go to stale_rows_note, since the client has no room for it, or
 * earlier changes wait for room. */
bool stale_rows_must_wait(struct client *client);
/* The client is to be told the present state of these rows of its user. */
void stale_rows_note(struct client *client, const int64_t *ids, size_t count);
/* … of a row that it may not show at all, whether it has room or not. Left out if STALE_ROWS_LOOKS
 * wait already: a client that takes its output is never closed for these. */
#define STALE_ROWS_LOOKS 1024
void stale_rows_look(struct client *client, int64_t id);
/* The client has taken its output, or the store is available again. */
void stale_rows_go_on(struct client *client);
/* The client leaves. */
void stale_rows_end(struct client *client);

#endif
