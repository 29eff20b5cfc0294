/*
 * again: a second scan of rows that a delivery has already passed, because some
 * of them became due only now (they were scheduled, or set back to pending by
 * hand).
 *
 * It covers the ids up to where the delivery stood, its limit; later rows are
 * left to the delivery's own scan. A row that another connection of the user
 * has confirmed since it became due is still owed here. One that this
 * connection has confirmed itself since then is not: such ids are remembered
 * until the end of the scan, AGAIN_SENT_MAX of them. If there are more, a row
 * may come twice, but none is lost.
 *
 * If further rows become due meanwhile, the scan starts over, but keeps the
 * moment at which the first rows became due, so that none of those is lost.
 */
#ifndef BELFRY_GATEWAY_DELIVERY_AGAIN_H
#define BELFRY_GATEWAY_DELIVERY_AGAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AGAIN_SENT_MAX 4096

struct again;

/* `started`: when the rows became due, Unix milliseconds. */
struct again *again_new(int64_t started);
void again_free(struct again *again);
/* Other gateways have delivered what became due, perhaps, since that mark (struct store_scan). Of
 * several marks, what all of them show counts. NULL: they have not. */
void again_since(struct again *again, const char *mark);
const char *again_mark(const struct again *again);

/* Rows became due: the scan waits to begin. */
void again_want(struct again *again);
bool again_waits(const struct again *again);
/* Starts the scan, from id 0. `limit` and `passed`, the id that the delivery had reached, count the
 * first time only. */
void again_begin(struct again *again, int64_t limit, int64_t passed);
bool again_runs(const struct again *again);
int64_t again_started(const struct again *again);

/* Whether the delivery had passed that id: if that row is pending, it became due since then. */
bool again_was_passed(const struct again *again, int64_t id);
/* Whether that id is above the limit, and so left to the delivery's own scan. */
bool again_is_behind(const struct again *again, int64_t id);
/* A page was sent up to `*after`; `complete`: no later row is left. Returns whether the scan has
 * ended and no other waits to begin; then sets `*after` to where the delivery goes on. */
bool again_ends(struct again *again, int64_t *after, bool complete);

/* This connection has confirmed these, at that time. */
void again_note_sent(struct again *again, const int64_t *ids, size_t count, int64_t at);
/* These were set back: whoever confirms them again, it counts anew. */
void again_forget_sent(struct again *again, const int64_t *ids, size_t count);
/* Whether this connection confirmed the row at that time. If not, the row was set back since and
 * confirmed again by another connection, and is owed once more. */
bool again_has_sent(const struct again *again, int64_t id, int64_t confirmed_at);

#endif
