/*
 * source: what publishes: threads that INSERT into Belfry's queue, or connections.
 *
 * A source publishes to the destinations of the crowd in turn, while it runs and
 * within what it is allowed (closed loop) or at its pace (open loop). Each
 * publication is stamped; numbers count on over several runs.
 */
#ifndef BELFRY_BENCH_LOAD_SOURCE_H
#define BELFRY_BENCH_LOAD_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/load/histogram.h"
#include "bench/load/member.h"
#include "bench/load/row_writer.h"

struct source;

struct source_kind {
    void (*start)(struct source *source);
    /* Publishes what is due, or lets the threads. `allowed` counts from the beginning. Returns for
     * how many nanoseconds there is nothing to do. */
    int64_t (*tick)(struct source *source, uint64_t allowed);
    /* Asks it to publish nothing more; it may be busy with what it has begun. */
    void (*stop)(struct source *source);
    bool (*is_busy)(struct source *source);
    /* Sets *ns to how long before `now` the COMMIT returned that published something; 0 where it
     * has not yet. Returns false if that is no longer known. NULL: nothing is committed. */
    bool (*since_commit)(
        struct source *source, uint32_t publisher, uint32_t number, int64_t now, int64_t *ns);
    /* A publisher was answered. NULL: none is. */
    void (*answered)(struct source *source, const struct member *publisher);
    void (*free)(struct source *source);
};

/* What of a run is reported. */
struct source_figures {
    uint64_t published, answered; /* from the beginning */
    int64_t processor_ns;         /* of the threads, in the last run */
    /* How long each commit, and each answer, took in the last run; NULL: there are none. */
    struct histogram *commit, *answer;
};

struct source {
    const struct source_kind *kind;
    struct member_common *common;
    uint32_t run, destinations;
    struct source_figures figures;
    atomic_bool failed; /* read by the loop while threads publish */
    struct reason problem;
};

/* One thread for each of --publishers. NULL with the reason if the queue cannot be opened. */
struct source *source_queue_new(struct member_common *common, enum source_table table, uint32_t run,
    uint32_t destinations, struct reason *why);

/* Publishes over `count` members. As messages of a conversation where `talks`. */
struct source *source_wire_new(struct member_common *common, struct member *publishers,
    uint32_t count, bool talks, uint32_t run, uint32_t destinations);

#endif
