/*
 * cell: one column of a row as an engine read it, checked before it is sent.
 *
 * The tables' own CHECKs reject most bad values, but not all: a program can
 * switch them off, and they let malformed UTF-8 and NUL bytes through. So each
 * value is checked again here, once for every engine. The reasons appear in the
 * log, or in the row's own `error`.
 *
 * The text belongs to the engine and is valid only during the call that was
 * given the row.
 */
#ifndef BELFRY_GATEWAY_STORE_CELL_H
#define BELFRY_GATEWAY_STORE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

enum cell_kind {
    CELL_NULL,
    CELL_TEXT,
    CELL_OTHER /* a number or a blob, where text was expected */
};

struct cell {
    enum cell_kind kind;
    const char *text; /* `len` bytes and a NUL; NULL unless CELL_TEXT */
    size_t len;
};

/* What a column must hold. */
struct cell_rule {
    const char *name;
    size_t least, most; /* bytes */
    bool may_be_null;
};

/* Text of an allowed length, UTF-8, without NUL bytes: 0, or -1 with the reason. */
int cell_check_text(const struct cell *cell, const struct cell_rule *rule, struct reason *why);
/* Likewise JSON that can be spliced into an event; `object`: only an object is accepted. */
int cell_check_json(
    const struct cell *cell, const struct cell_rule *rule, bool object, struct reason *why);
/* Reads a time into *ms, in Unix milliseconds: 1, 0 for NULL, or -1 with the reason (`why` may be
 * NULL). Unless it returns 1, *ms is unchanged. */
int cell_time(const struct cell *cell, const char *name, int64_t *ms, struct reason *why);

/* Appends checked JSON as it is, except that lone surrogate escapes become U+FFFD. */
void cell_add_json(struct buf *json, const struct cell *cell);
/* Appends `,"key":`. */
void cell_add_key(struct buf *json, const char *key);
/* Appends checked text as `,"key":"…"`. */
void cell_add_member(struct buf *json, const char *key, const struct cell *cell);

#endif
