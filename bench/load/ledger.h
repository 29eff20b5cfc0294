/*
 * ledger: whether everything published has arrived once, in order, where it should.
 *
 * Publishers number what they publish for each destination from 0. For each member
 * and each such series (a slot) the ledger knows the next number. A higher one
 * leaves a gap, a lower one fills it (out of order) or, where there is no gap, came
 * before (doubled). While a member has a gap, one that came twice is taken for one
 * that fills it: either way the run fails.
 */
#ifndef BELFRY_BENCH_LOAD_LEDGER_H
#define BELFRY_BENCH_LOAD_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "common/reason.h"

struct ledger_series {
    uint32_t next, missing;
};

struct ledger {
    uint32_t members, slots;
    struct ledger_series *series;
    uint64_t arrived; /* each delivery once */
    uint64_t doubled, disordered, strayed, foreign;
};

void ledger_init(struct ledger *ledger, uint32_t members, uint32_t slots);
void ledger_release(struct ledger *ledger);

/* Returns false if it is not new. */
bool ledger_enter(struct ledger *ledger, uint32_t member, uint32_t slot, uint32_t sequence);

/* Of `expected` deliveries: 0, or -1 with the sentence that says what is wrong. */
int ledger_judge(const struct ledger *ledger, uint64_t expected, struct reason *why);

#endif
