/*
 * notification: a row on its way into the queue.
 *
 * Its fields come from options or from the members of a JSON object. They are
 * looked at here only where SQLite cannot say it better: times are read in
 * every form people write, data and text must be UTF-8. All else the CHECKs of
 * the table say, by their names.
 */
#ifndef BELFRY_ADMIN_NOTIFICATION_H
#define BELFRY_ADMIN_NOTIFICATION_H

#include <jansson.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/reason.h"

enum notification_field {
    NOTIFICATION_USER,
    NOTIFICATION_TITLE,
    NOTIFICATION_BODY,
    NOTIFICATION_TYPE,
    NOTIFICATION_PRIORITY,
    NOTIFICATION_DATA,
    NOTIFICATION_AFTER,
    NOTIFICATION_EXPIRES,
    NOTIFICATION_KEY,
    NOTIFICATION_FIELDS
};

/* NULL where not given; borrowed. */
struct notification {
    const char *fields[NOTIFICATION_FIELDS];
};

/* "user", "title" and so on, as the options are called without their dashes. */
const char *notification_field_name(enum notification_field field);

/* The members of a JSON object, by the names of options or of columns, over those that are set
 * already. Borrows from `object` and, for `data`, from `data`, which is filled. Returns 0, or -1
 * with the reason: no object, an unknown member, or one that is not a string. */
int notification_from_json(
    struct notification *notification, const json_t *object, struct buf *data, struct reason *why);

/* What SQLite would let pass or say less clearly; what remains is the table's to refuse. Returns 0,
 * or -1 with the reason. */
int notification_check(const struct notification *notification, struct reason *why);

/* What puts rows in. One transaction holds as many as the caller puts between begin and commit. */
struct notification_writer;

/* NULL with the reason. The database must outlive it. */
struct notification_writer *notification_writer_new(sqlite3 *db, struct reason *why);
void notification_writer_free(struct notification_writer *writer);

enum notification_result {
    NOTIFICATION_SENT,
    NOTIFICATION_REPEATED, /* a row of that user with that key is there already; *id is its id */
    NOTIFICATION_BAD,      /* the row is wrong; the next may be right */
    NOTIFICATION_FAILED,   /* the database is: no use in going on */
};

enum notification_result notification_write(struct notification_writer *writer,
    const struct notification *notification, int64_t now_ms, int64_t *id, struct reason *why);

/* Whether that user has ever been connected, as far as `presence` remembers. */
bool notification_user_known(struct notification_writer *writer, const char *user);

#endif
