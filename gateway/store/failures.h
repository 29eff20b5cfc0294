/*
 * failures: rows that cannot be sent, until the file says so too.
 *
 * A row that got past the table's own checks (ignore_check_constraints, an old
 * tool) is found bad when it is looked at. It is logged once, set `failed` with
 * the reason, and stops nobody else. Where even that cannot be written, the row
 * is kept here as given up, so that it is neither logged nor tried for ever.
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

/* What is beyond comes up again at the next look. */
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
/* The file says so. */
void failures_remove(struct failures *failures, struct failure *failure);
void failures_give_up(struct failures *failures, struct failure *failure);

/* Writes a batch, inside a transaction. 0, or -1. */
int failures_write(struct failures *failures, struct turn *turn);
void failures_settle(struct failures *failures, struct turn *turn, bool committed);

#endif
