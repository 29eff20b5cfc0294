/*
 * scheduler: runs the steps of errands, in the order in which they came.
 *
 * Errands that write share the turn's one transaction, up to a bounded number
 * of rows, so that a thousand of them cost one commit. One that fails because
 * somebody has a lock on what it writes is put off, so that the others do not
 * fail with it each time; later ones of the same user wait behind it. Errands that
 * read are answered from one snapshot of the database; one that fails is retried until
 * its deadline, without holding up the others. Answers that the loop has not
 * taken yet are bounded in bytes: further ones wait.
 */
#ifndef BELFRY_GATEWAY_STORE_SCHEDULER_H
#define BELFRY_GATEWAY_STORE_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/errands/errand.h"
#include "gateway/store/health.h"
#include "gateway/store/turn.h"

#define ERRANDS_BYTES_MAX ((size_t)4 << 20)
#define ERRANDS_DEADLINE_MS 5000

struct errands {
    struct queue *queue; /* for the steps */
    struct turn *turn;
    struct errand_list reads, writes;
    size_t waiting;            /* how many wait in these lists */
    uint64_t generation;       /* how often the queue was replaced */
    int64_t answers_logged_at; /* steady ms: when a failure to answer was logged last */
    int64_t wrote_ms;          /* how long writing took in this turn */
    bool is_ending;            /* the last errand came (end.h) */
};

void errands_init(struct errands *errands, struct queue *queue, struct turn *turn);
/* Adds it to the lists; one that needs no engine is done at once. */
void errands_accept(struct errands *errands, struct errand *errand);

/* Whether an errand can be answered now. */
bool errands_may_read(const struct errands *errands);
/* Answers those that can be answered, inside a transaction. */
void errands_read(struct errands *errands);

bool errands_wait_to_write(const struct errands *errands);
/* Writes their part of a transaction. 0, or -1. */
int errands_write(struct errands *errands);
void errands_settle(struct errands *errands, enum errand_outcome outcome);

/* Milliseconds until one may be tried again or is overdue; INT64_MAX: none waits. */
int64_t errands_pause(const struct errands *errands);
/* Answers STORE_UNAVAILABLE to those past their deadline; `may_read`: reading is not known to
 * fail. */
void errands_refuse_overdue(struct errands *errands, bool may_read);
/* Answers STORE_UNAVAILABLE to all of them. */
void errands_refuse_all(struct errands *errands);

#endif
