/*
 * table: rows for people in aligned columns, or for programs as JSON Lines.
 *
 * Cells are added one after the other, row by row. For people control octets
 * are escaped, since what stands in a queue may come from anybody; JSON has
 * every cell whole, and is one line a row.
 */
#ifndef BELFRY_ADMIN_TABLE_H
#define BELFRY_ADMIN_TABLE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/reason.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* a text that is none is a string in JSON */
    COLUMN_ID,     /* a number that is a name: a string in JSON, as ids are everywhere */
    COLUMN_JSON,   /* text that is JSON already; what is none is a string */
};

struct column {
    const char *key;   /* in JSON */
    const char *title; /* above the column; NULL: people are not shown it */
    enum column_kind kind;
    size_t width_max; /* in characters; what is longer is cut; 0: never */
};

struct table;

/* `columns` must outlive the table. */
struct table *table_new(const struct column *columns, size_t column_count);
void table_free(struct table *table);

/* The next cell; NULL is JSON's null, and a dash for people. */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One row for each of the statement's, whose columns must be the table's. Returns 0, or -1 with the
 * reason. */
int table_fill(struct table *table, sqlite3_stmt *statement, struct reason *why);

size_t table_rows(const struct table *table);

void table_print(const struct table *table, FILE *out);
void table_print_json(const struct table *table, FILE *out);
/* Each row as lines of title and cell, for a look at one thing. */
void table_print_records(const struct table *table, FILE *out);

#endif
