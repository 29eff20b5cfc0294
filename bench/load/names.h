/*
 * names: what topics and users are called, in a member_common's `name`.
 */
#ifndef BELFRY_BENCH_LOAD_NAMES_H
#define BELFRY_BENCH_LOAD_NAMES_H

#include "bench/load/member.h"

/* load-0, load-1 …, public: in Belfry. */
void name_public(const struct member_common *common, uint32_t topic, char *out);

/* The conversation load-0. */
void name_talk(const struct member_common *common, uint32_t topic, char *out);

/* The user of a member. */
void name_user(const struct member_common *common, uint32_t member, char *out);

#endif
