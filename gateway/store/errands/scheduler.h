/*
 * scheduler: takes errands through their steps, in the order in which they came.
 *
 * Those that write share the one transaction of a turn, a bounded number of rows in each, so that a
 * thousand of them cost one commit. Those that read are answered from one moment of the database;
 * one that fails is tried again until its deadline, without holding up the others. Answers that
 * the loop has not taken yet are bounded in bytes: further ones wait.
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
    size_t waiting;            /* in these */
    uint64_t generation;       /* how often the queue was replaced */
    int64_t answers_logged_at; /* steady ms: when a failure to answer was logged last */
    int64_t wrote_ms;          /* how long writing took in this turn */
    bool is_ending;            /* the last of them came (end.h) */
};

void errands_init(struct errands *errands, struct queue *queue, struct turn *turn);
/* Takes it into the lists, or does at once what needs no engine. */
void errands_accept(struct errands *errands, struct errand *errand);

/* Whether there is one that can be answered now. */
bool errands_may_read(const struct errands *errands);
/* Answers what can be answered, inside a transaction. */
void errands_read(struct errands *errands);

bool errands_wait_to_write(const struct errands *errands);
/* Their part of a transaction. 0, or -1. */
int errands_write(struct errands *errands);
void errands_settle(struct errands *errands, enum errand_outcome outcome);

/* Milliseconds until one may be tried again, or is overdue; INT64_MAX: none waits. */
int64_t errands_pause(const struct errands *errands);
/* Those whose deadline has passed are STORE_UNAVAILABLE; `may_read`: reading is not known to fail.
 */
void errands_refuse_overdue(struct errands *errands, bool may_read);
/* All of them are. */
void errands_refuse_all(struct errands *errands);

#endif
