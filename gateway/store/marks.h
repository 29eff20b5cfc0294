/*
 * marks: notifications that were sent or confirmed, kept until that is written
 * to the database.
 *
 * They are written at once while nobody else writes. While publishers commit in
 * close succession they are gathered for a moment (traffic.h). If the gateway is
 * killed, what waits here is delivered again.
 *
 * While the database cannot be written they wait, too. Confirmed ones are left
 * out of every page. Several confirmations of one row are one mark. At most
 * STORE_UNMARKED_MAX wait; a confirmation beyond that is forgotten: the row
 * stays pending, and is delivered again.
 *
 * A row that another transaction has locked is written when it is free again.
 * Until then its mark waits apart, so that it holds up no other.
 *
 * A mark names a row and the user it was sent to: if that row was replaced
 * (REPLACE) by one for another user, the new row is still owed.
 */
#ifndef BELFRY_GATEWAY_STORE_MARKS_H
#define BELFRY_GATEWAY_STORE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "gateway/store/traffic.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

/* Marks written in one transaction. */
#define MARKS_BATCH TRAFFIC_FULL

struct mark {
    UT_hash_handle hh;
    TAILQ_ENTRY(mark) entry;
    int64_t id;
    int64_t at;    /* when it was confirmed, wall ms */
    int64_t since; /* when it came, steady ms */
    int64_t attempts;
    bool delivered;     /* confirmed, not only sent */
    bool is_left;       /* by the open transaction, because its row is locked */
    bool is_locked;     /* it is in `locked` */
    struct mark *other; /* the mark of the same id for another user */
    char user[];
};

TAILQ_HEAD(mark_list, mark);

struct marks {
    struct mark *by_id;
    struct mark_list in_order;
    struct mark_list locked; /* those whose rows were locked … */
    int64_t locked_until;    /* … and when they are tried again, steady ms */
    size_t count;            /* of both */
    size_t written;          /* how many, from the head, are in the open transaction */
};

void marks_init(struct marks *marks);
void marks_release(struct marks *marks);
/* Returns whether this made a new mark: a row that has one already gets none, nor does any past the
 * bound. */
bool marks_add(
    struct marks *marks, const char *user, int64_t id, bool delivered, int64_t at, int64_t steady);
/* The row's confirmation no longer counts, only that it was sent. */
void marks_discount(struct marks *marks, int64_t id);
/* The oldest, for writing; NULL if there is none, or none that is not locked. */
struct mark *marks_first(const struct marks *marks);
/* Tries the locked ones again. */
void marks_unlock(struct marks *marks);
void marks_remove(struct marks *marks, struct mark *mark);
/* When the marks are to be written, steady ms; INT64_MAX: there are none. */
int64_t marks_due_at(const struct marks *marks, const struct traffic *traffic);
/* When that row was confirmed, if it is still pending in the database; -1: it was not. */
int64_t marks_confirmed_at(const struct marks *marks, const char *user, int64_t id);

/* Writes `most` of them, at most MARKS_BATCH, inside a transaction, and flags users who have a row
 * that counts as unread again. 0, or -1. */
int marks_write(struct marks *marks, size_t most, struct turn *turn, struct watch *watch);
/* After that transaction. Marks whose commit is uncertain are written again: that does no harm. */
void marks_settle(struct marks *marks, struct turn *turn, bool committed);

#endif
