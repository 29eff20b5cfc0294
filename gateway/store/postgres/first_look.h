/*
 * first_look: what each transaction asks first, together with its BEGIN: what it
 * sees, and whether that holds anything new for each stream of rows.
 *
 * A stream that has nothing new goes on from that snapshot, and its walk costs
 * no statement. Where others are known to have committed, these are mostly
 * notifications: the first new ones are asked for along with it. So a look at
 * what was committed is one round trip.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_FIRST_LOOK_H
#define BELFRY_GATEWAY_STORE_POSTGRES_FIRST_LOOK_H

#include "gateway/store/postgres/link.h"

extern const struct query_group first_look_queries;
extern const struct link_opening first_look;

#endif
