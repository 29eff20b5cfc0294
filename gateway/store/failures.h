/*
 * failures: rows that cannot be sent, until the database says so too.
 *
 * A row that got past the table's own CHECKs (ignore_check_constraints, an old tool) is found out
 * when it is read. It is logged once, set to `failed` with the reason, and holds up nothing else.
 * If even that cannot be written, the row is kept here as given up, so that it is neither logged
 * nor tried again.
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

/* Rows beyond that are found again the next time they are read. */
#define FAILURES_MAX 1024

struct failure {
    UT_hash_handle hh;
    TAILQ_ENTRY(failure) entry; /* in `waiting`, unless given up */
    int64_t id;
    bool given_up;
    struct reason why;
};

TAILQ_HEAD(failure_list, failure);

struct failures {
    struct failure *by_id;
    struct failure_list waiting;
    size_t written; /* the first ones, in the open transaction */
};

void failures_init(struct failures *failures);
void failures_release(struct failures *failures);
/* Whether it is a new one, to be logged. */
bool failures_add(struct failures *failures, int64_t id, const struct reason *why);
struct failure *failures_first(const struct failures *failures);
/* The database says so. */
void failures_remove(struct failures *failures, struct failure *failure);
void failures_give_up(struct failures *failures, struct failure *failure);

/* Writes a batch, inside a transaction. 0, or -1. */
int failures_write(struct failures *failures, struct turn *turn);
void failures_settle(struct failures *failures, struct turn *turn, bool committed);

#endif
