/*
 * seen: an answer that lists users and when they were last seen.
 *
 * The page holds names (page_add_name) with the time of each in created_at.
 */
#ifndef BELFRY_GATEWAY_STORE_SEEN_H
#define BELFRY_GATEWAY_STORE_SEEN_H

#include <stddef.h>

#include "gateway/store/page.h"
#include "gateway/store/store_presence.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

/* Instead of a time: this user is left out of the answer. */
#define SEEN_NOT_TOLD (-1)

/* Looks up when that user of the page was last seen. A time in the future, from a gateway whose
 * clock was ahead, counts as now; one that is not written yet (online.h) is known all the same. 0,
 * or -1. */
int seen_look_up(
    struct page *page, size_t index, const struct turn *turn, const struct watch *watch);
/* Passes the answer to `done`. */
void seen_answer(const struct page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_seen *answer), void *context);

#endif
