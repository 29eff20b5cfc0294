/*
 * peek: where the server wakes nobody (`notify = no`), the gateway looks itself
 * whether others have committed something new.
 *
 * One statement answers that from the indexes on txid, so that an application
 * that is busy with its own tables causes no reading of the queue. It is run
 * every PEEK_MS as long as something new came within PEEK_BUSY_MS, and otherwise
 * when the store's slow poll says so (peek_want), every poll_interval.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_PEEK_H
#define BELFRY_GATEWAY_STORE_POSTGRES_PEEK_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/postgres/link.h"
#include "gateway/store/postgres/row_stream.h"

#define PEEK_MS 20
#define PEEK_BUSY_MS 5000

/* Times are steady ms. Zeroed, it never asks. */
struct peek {
    bool is_on, is_due;
    int64_t now, next, busy_until;
};

/* Asks at the next opportunity. */
void peek_want(struct peek *peek);
/* The time is `steady` now. */
void peek_step(struct peek *peek, int64_t steady);
/* Microseconds until peek_step must be called again; -1: no matter. */
int64_t peek_pause(const struct peek *peek, int64_t steady);
/* What was asked has said whether there is something new. */
void peek_note(struct peek *peek, bool is_new);

/* The streams that are asked about: notifications, messages, broadcasts and changes. */
#define PEEK_STREAMS 4
#define PEEK_CHANGES 3
extern const struct query_group peek_queries;
/* Asks whether a stream has anything new, or changes were removed that were not read: 1, 0 or -1.
 */
int peek_ask(
    struct peek *peek, struct link *link, const struct row_stream *const streams[PEEK_STREAMS]);

#endif
