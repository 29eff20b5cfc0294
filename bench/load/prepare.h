/*
 * prepare: what stands in Belfry's queue before a run begins.
 */
#ifndef BELFRY_BENCH_LOAD_PREPARE_H
#define BELFRY_BENCH_LOAD_PREPARE_H

#include <stdint.h>

#include "bench/load/member.h"

/* --topics conversations, as name_talk calls them, of which the first `members` users are members.
 * 0, or -1 with the reason. */
int prepare_conversations(const struct member_common *common, uint32_t members, struct reason *why);

/* `count` rows that wait for the user of a member, stamped as of the first publisher and `run`.
 * 0, or -1 with the reason. */
int prepare_rows(const struct member_common *common, uint32_t member, uint32_t count, uint32_t run,
    struct reason *why);

#endif
