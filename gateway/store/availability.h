/*
 * availability: tells the loop whether the queue can be used, when that changes.
 */
#ifndef BELFRY_GATEWAY_STORE_AVAILABILITY_H
#define BELFRY_GATEWAY_STORE_AVAILABILITY_H

#include <stdbool.h>

#include "gateway/store/health.h"
#include "gateway/store/turn.h"

/* *is_available is what the loop was told last. The queue cannot be used while opening fails, nor
 * while writing fails, unless that is only a lock that may soon be released. */
void availability_tell(bool *is_available, struct turn *turn, const struct health *opening,
    const struct health *writing);
/* There is room for marks again (store_may_deliver). */
void availability_tell_room(struct turn *turn);

#endif
