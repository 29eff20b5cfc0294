/*
 * marks: notifications that were sent or confirmed, until the database says so too.
 *
 * While nothing can be written they wait here, and those that were confirmed are left out of every
 * page. Several confirmations of one row are one mark. At most STORE_UNMARKED_MAX wait; a
 * confirmation beyond that is forgotten: the row stays pending, and is delivered again.
 *
 * A mark is of a row and of the user whom it was sent to: where another row was put in its place
 * meanwhile (REPLACE), for another user, that one is still owed.
 */
#ifndef BELFRY_GATEWAY_STORE_MARKS_H
#define BELFRY_GATEWAY_STORE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

struct mark {
    UT_hash_handle hh;
    TAILQ_ENTRY(mark) entry;
    int64_t id;
    int64_t at; /* when it was confirmed, wall ms */
    int64_t attempts;
    bool delivered;     /* confirmed, not only sent */
    struct mark *other; /* of the same id, for another user */
    char user[];
};

TAILQ_HEAD(mark_list, mark);

struct marks {
    struct mark *by_id;
    struct mark_list in_order;
    size_t count;
    size_t written; /* the first ones, in the open transaction */
};

void marks_init(struct marks *marks);
void marks_release(struct marks *marks);
/* Whether this made a new mark: none is made of a row that has one already, nor past the bound. */
bool marks_add(struct marks *marks, const char *user, int64_t id, bool delivered, int64_t at);
/* Its confirmation no longer counts; that it was sent does. */
void marks_discount(struct marks *marks, int64_t id);
/* The oldest, for writing. */
struct mark *marks_first(const struct marks *marks);
void marks_remove(struct marks *marks, struct mark *mark);
/* When a row was confirmed that is still pending in the database; -1: it was not. */
int64_t marks_confirmed_at(const struct marks *marks, const char *user, int64_t id);

/* Writes a batch, inside a transaction; a user one of whose rows counts as unread again is flagged.
 * 0, or -1. */
int marks_write(struct marks *marks, struct turn *turn, struct watch *watch);
/* After it. One that may or may not be committed is written again: that does no harm. */
void marks_settle(struct marks *marks, struct turn *turn, bool committed);

#endif
