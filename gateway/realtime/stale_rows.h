/*
 * stale_rows: notifications that changed while their client could not be told.
 *
 * If too much output that the client did not ask for waits, changes of rows are
 * not queued behind it: their ids are remembered, each once. When the client
 * has taken its output, the store is asked for the present state of these rows,
 * page by page, and that is sent. So a burst of changes costs a slow client one
 * event a row, the last state, and the gateway little memory. While ids wait,
 * later changes wait with them, so that an old state never follows a new one.
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
 * earlier changes wait. */
bool stale_rows_must_wait(struct client *client);
/* The client is to be told the present state of these rows of its user. */
void stale_rows_note(struct client *client, const int64_t *ids, size_t count);
/* The client has taken its output, or the store is available again. */
void stale_rows_go_on(struct client *client);
/* The client leaves. */
void stale_rows_end(struct client *client);

#endif
