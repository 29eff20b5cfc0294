/*
 * again: a second look at rows that a delivery has gone past, since some of
 * them became due only now (scheduled, or set back to pending by hand).
 *
 * It covers the ids up to where the delivery stood, its limit; what lies
 * behind that is the delivery's own scan's as before. Rows that another
 * connection of the user has confirmed since they became due are owed here all
 * the same; those that this one has confirmed itself since then are not, and
 * are remembered for as long as that takes, AGAIN_SENT_MAX of them: where it
 * confirms still more, a row may come twice, and none is lost.
 *
 * Rows that become due meanwhile have it begin from the start, with its first
 * moment, so that nothing of the first round is lost either.
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

/* Rows became due: it waits for its beginning from now on. */
void again_want(struct again *again);
bool again_waits(const struct again *again);
/* It runs from now on, from id 0. The limit, and up to where the delivery had come, count the first
 * time only. */
void again_begin(struct again *again, int64_t limit, int64_t passed);
bool again_runs(const struct again *again);
int64_t again_started(const struct again *again);

/* Whether the delivery had gone past that id: such a row that is pending became due since. */
bool again_was_passed(const struct again *again, int64_t id);
/* Whether that id is no longer its business. */
bool again_is_behind(const struct again *again, int64_t id);
/* A page brought it to `after`, with nothing left behind it where it is `complete`. Whether it has
 * ended and nothing waits; `after` is then where the delivery goes on. */
bool again_ends(struct again *again, int64_t *after, bool complete);

/* The delivery has confirmed these, at that time. */
void again_note_sent(struct again *again, const int64_t *ids, size_t count, int64_t at);
/* Whether what was confirmed at that time is what the delivery itself has confirmed: a row that was
 * set back since, and confirmed anew by another connection, is owed once more. */
bool again_has_sent(const struct again *again, int64_t id, int64_t confirmed_at);

#endif
