/*
 * publication: from the fields that somebody gives to a row that may be
 * written.
 *
 * The fields come from the options of a command or from the members of a JSON
 * object. They are checked here by the rules of the tables (row_rules.h), once
 * for every way in and for every engine, and each error says which field it is
 * about. What passes becomes a row with the values that the table will hold:
 * times, for instance, are read in every form that people write and kept in
 * the one form of the tables. publisher.h writes such rows.
 *
 * Nothing here knows SQL. What only the database can tell, such as that a key
 * is there already, is the publisher's to say.
 */
#ifndef BELFRY_COMMON_PUBLICATION_H
#define BELFRY_COMMON_PUBLICATION_H

#include <jansson.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/reason.h"

enum publication_kind {
    PUBLICATION_NOTIFICATION,
    PUBLICATION_MESSAGE,
    PUBLICATION_BROADCAST,
    PUBLICATION_CONVERSATION,
    PUBLICATION_MEMBER, /* of a conversation */
    PUBLICATION_KINDS
};

/* The fields of each kind. */
enum {
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
enum {
    MESSAGE_CONVERSATION,
    MESSAGE_SENDER,
    MESSAGE_SENDER_NAME,
    MESSAGE_CONTENT,
    MESSAGE_METADATA,
    MESSAGE_REFERENCE,
    MESSAGE_FIELDS
};
enum { BROADCAST_TOPIC, BROADCAST_EVENT, BROADCAST_DATA, BROADCAST_EXPIRES, BROADCAST_FIELDS };
enum { CONVERSATION_ID, CONVERSATION_TITLE, CONVERSATION_FIELDS };
enum { MEMBER_CONVERSATION, MEMBER_USER, MEMBER_FIELDS };

#define PUBLICATION_FIELDS_MAX NOTIFICATION_FIELDS
#define PUBLICATION_TIMES_MAX 2

/* What was given, not checked yet. */
struct publication {
    enum publication_kind kind;
    const char *fields[PUBLICATION_FIELDS_MAX]; /* NULL where not given; borrowed */
    /* How whoever gave a field spelled its name; NULL: as publication_field_name has it. */
    const char *spelled[PUBLICATION_FIELDS_MAX];
};

/* What has been checked, in the form of the table's columns. Its values point into the publication
 * and into the row itself: publication_row_copy copies one. Only publication_check makes one. */
struct publication_row {
    enum publication_kind kind;
    const char *values[PUBLICATION_FIELDS_MAX]; /* NULL: NULL, or the column's default */
    int64_t published_at;                       /* wall clock, milliseconds */
    char times[PUBLICATION_TIMES_MAX][CLOCK_ISO_SIZE];
};

enum publication_fault {
    PUBLICATION_NOT_OBJECT,    /* the whole is no JSON object */
    PUBLICATION_UNKNOWN_FIELD, /* rows of this kind have no such field */
    PUBLICATION_CONTRADICTION, /* a field was given twice, under two names, with two values */
    PUBLICATION_MISSING,       /* a field that must be given was not */
    PUBLICATION_NOT_TEXT,      /* not a JSON string, or not one that a column can hold */
    PUBLICATION_LENGTH,        /* too long, or empty */
    PUBLICATION_NOT_JSON,      /* not JSON, or not an object where one is needed */
    PUBLICATION_NOT_TIME,
    PUBLICATION_NOT_ALLOWED, /* not one of the words that are allowed */
    PUBLICATION_RESERVED,    /* a word that is reserved */
    PUBLICATION_REFUSED,     /* the database refused the row */
};

struct publication_error {
    enum publication_fault fault;
    const char
        *field; /* as it was spelled; borrowed from what was given. NULL: none in particular */
    struct reason why;
};

/* "user", "title" and so on: the names that options have, without their dashes, and JSON members.
 */
const char *publication_field_name(enum publication_kind kind, int field);

/* Takes the members of a JSON object, by the names above or by those of the table's columns; they
 * replace fields that are set already, and a null leaves its field alone. Borrows from `object` and
 * from `json`, which is cleared and filled where a member is itself JSON. Where the column takes
 * any JSON, a string is that string; where it takes an object, a string is the text of one. Returns
 * 0, or -1 with the error. */
int publication_from_json(struct publication *publication, const json_t *object, struct buf *json,
    struct publication_error *error);

/* Makes the row, or says what is wrong with the first field that is. Times may have any form of
 * moment_read, counted from `now_ms`. Returns 0, or -1 with the error. */
int publication_check(const struct publication *publication, int64_t now_ms,
    struct publication_row *row, struct publication_error *error);

/* Copies a row. What it points into, other than itself, must outlive the copy, too. */
void publication_row_copy(struct publication_row *copy, const struct publication_row *row);

/* Gives a row another value for a field that is neither a time nor left out. Returns 0, or -1 with
 * the error; the row then has the value it had. */
int publication_row_change(
    struct publication_row *row, int field, const char *text, struct publication_error *error);

#endif
