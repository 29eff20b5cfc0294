/*
 * strain: says in the log that the queue does not keep up.
 *
 * Rows that come faster than they can be told wait in the database, and are
 * told in order; a WAL from which somebody reads without end, or that cannot be
 * copied into the database, grows without end.
 * Nothing is lost by either, but somebody should know. What lasts for some
 * seconds is logged, once a minute while it goes on, and once when it is over.
 */
#ifndef BELFRY_GATEWAY_STORE_STRAIN_H
#define BELFRY_GATEWAY_STORE_STRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/log.h"

enum strain_kind {
    STRAIN_ROWS,        /* inserted and not told yet */
    STRAIN_WAL,         /* pages in the WAL */
    STRAIN_CHECKPOINTS, /* that failed, one after the other */
    STRAINS
};

/* Zeroed: nothing is the matter. */
struct strain {
    struct strain_state {
        bool is_on, is_logged;
        int64_t since, logged_at; /* steady ms */
    } states[STRAINS];
};

/* Called often, with the present value. `why`: the cause, if it is known; NULL: it is not. */
void strain_note(struct strain *strain, const struct logger *log, enum strain_kind kind,
    uint64_t value, const char *why, int64_t steady);

#endif
