/*
 * session_marks: columns with which applications say that a session or a user
 * is no longer good, without deleting the row: "revoked", "banned",
 * "deleted_at", "is_active" …
 *
 * They are known by their names, in any case of letters, with "_" or without.
 * A mark of the one kind is set by anything but NULL, zero, and the words for
 * no; "active" and "enabled" count as marks where they hold zero or a word for
 * no. A column called "status" or "state" says so by holding such a word.
 */
#ifndef BELFRY_COMMON_SESSION_MARKS_H
#define BELFRY_COMMON_SESSION_MARKS_H

#include "common/buf.h"

enum session_mark {
    SESSION_MARK_NONE,
    SESSION_MARK_OVER,  /* set: over */
    SESSION_MARK_GOOD,  /* set to no: over */
    SESSION_MARK_STATUS /* set to the word of such a mark: over */
};

/* What a column of this name says. */
enum session_mark session_mark_of(const char *column);

/* Appends the condition, never NULL, that holds where the mark says over. `expression` is the
 * column as SQL names it. */
void session_mark_compose(enum session_mark mark, const char *expression, struct buf *sql);

#endif
