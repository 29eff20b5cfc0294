/*
 * inbox: what the thread knows of notifications: whose are wanted, how far they were told, and what
 * the database does not say yet.
 */
#ifndef BELFRY_GATEWAY_STORE_INBOX_H
#define BELFRY_GATEWAY_STORE_INBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/failures.h"
#include "gateway/store/marks.h"
#include "gateway/store/schedule.h"
#include "gateway/store/set_back.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

struct inbox {
    /* The highest notification that was told of, or was there at the start. What is answered or
     * told before a row was seen never speaks of it: every read is bounded by this. */
    int64_t last_seen;
    bool has_tail;     /* there may be rows behind last_seen */
    bool was_full;     /* marks reached their bound: the loop waits to hear of room */
    int64_t hinted_at; /* steady ms: when the log last wondered at a user's id */
    struct watch watch;
    struct marks marks;
    size_t marks_written; /* in the open transaction */
    struct set_back set_back;
    struct failures failures;
    struct schedule due, expiry;
    struct expired expired;
};

void inbox_init(struct inbox *inbox);
void inbox_release(struct inbox *inbox);
/* A bad row: logged, and to be set `failed`. */
void inbox_fail_row(
    struct inbox *inbox, const struct turn *turn, int64_t id, const struct reason *why);

#endif
