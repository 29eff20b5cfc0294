/*
 * stored_row: a row of the application's session database as a source reads it,
 * whichever database that is.
 */
#ifndef BELFRY_AUTH_STORED_ROW_H
#define BELFRY_AUTH_STORED_ROW_H

#include <stddef.h>
#include <stdint.h>

enum stored_kind { STORED_NULL, STORED_INTEGER, STORED_REAL, STORED_TEXT, STORED_BYTES };

/* The value of one column. It is lent for as long as the row is. */
struct stored_value {
    enum stored_kind kind;
    int64_t integer;
    double real;
    const char *text; /* of numbers, too: `len` bytes and a NUL; NULL for NULL and bytes */
    size_t len;
};

struct stored_row {
    struct stored_value (*value)(const struct stored_row *row, int column);
    const char *(*name)(const struct stored_row *row, int column);
};

#endif
