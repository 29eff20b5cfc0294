/*
 * failures: rows that cannot be sent, kept until that is written to the
 * database.
 *
 * A bad row that got past the table's own CHECKs (ignore_check_constraints, an
 * old tool) is found when it is read. It is logged once, set to `failed` with
 * the reason, and holds up nothing else. If that cannot be written, or the row
 * is not to be sent any more, because it was delivered before somebody made it
 * bad, it is kept here as given up, so that it is neither logged nor tried again.
 */
#ifndef BELFRY_GATEWAY_STORE_FAILURES_H
#define BELFRY_GATEWAY_STORE_FAILURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "common/reason.h"
#include "gateway/store/turn.h"

/* At most so many are kept, of which those given up make room for others. Further ones are found
 * again when they are next read. */
#define FAILURES_MAX 1024

struct failure {
    UT_hash_handle hh;
    TAILQ_ENTRY(failure) entry; /* in waiting or given_up */
    int64_t id;
    bool is_given_up;
    bool is_failed; /* in the open transaction: the row was still to be sent, and is not now */
    struct reason why;
};

TAILQ_HEAD(failure_list, failure);

struct failures {
    struct failure *by_id;
    struct failure_list waiting, given_up;
    size_t written; /* how many of `waiting`, from its head, are in the open transaction */
};

void failures_init(struct failures *failures);
void failures_release(struct failures *failures);
/* Returns whether it is new, and so to be logged. */
bool failures_add(struct failures *failures, int64_t id, const struct reason *why);
struct failure *failures_first(const struct failures *failures);
/* Keeps the row, so that it counts as known, and no longer tries to mark it. */
void failures_give_up(struct failures *failures, struct failure *failure);

/* Writes a batch, inside a transaction. 0, or -1. */
int failures_write(struct failures *failures, struct turn *turn);
void failures_settle(struct failures *failures, struct turn *turn, bool committed);

#endif
