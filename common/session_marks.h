/*
 * session_marks: columns by which applications mark a session or a user as no
 * longer valid without deleting the row: "revoked", "banned", "deleted_at",
 * "is_active" …
 *
 * They are recognised by their names, ignoring case and "_". A mark such as
 * "revoked" is set by anything but NULL, zero and the words for no; "active"
 * and "enabled" are marks if they hold zero or a word for no; and a column
 * called "status" or "state" is one if it holds such a word ("revoked").
 */
#ifndef BELFRY_COMMON_SESSION_MARKS_H
#define BELFRY_COMMON_SESSION_MARKS_H

#include "common/buf.h"

enum session_mark {
    SESSION_MARK_NONE,
    SESSION_MARK_OVER,  /* invalid if set */
    SESSION_MARK_GOOD,  /* invalid if set to no */
    SESSION_MARK_STATUS /* invalid if it holds the name of such a mark */
};

/* What kind of mark a column of this name is. */
enum session_mark session_mark_of(const char *column);

/* Appends an SQL condition, never NULL, that is true if the mark says invalid. `expression` is the
 * column as SQL names it. */
void session_mark_compose(enum session_mark mark, const char *expression, struct buf *sql);

#endif
