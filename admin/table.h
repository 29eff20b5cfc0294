/*
 * table: prints rows in aligned columns for people, or as JSON Lines for
 * programs.
 *
 * Cells are added one after the other, row by row. For people control
 * characters are escaped, since what is in a queue may come from anybody; JSON
 * has every cell in full, one row per line.
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
    COLUMN_NUMBER, /* text that is not a number becomes a string in JSON */
    COLUMN_ID,     /* a number that serves as a name: a string in JSON, as ids are everywhere */
    COLUMN_JSON,   /* text that is JSON already; anything else becomes a string */
};

struct column {
    const char *key;   /* the name in JSON; NULL if programs are not given the column, which then
                          must not be the first */
    const char *title; /* the heading; NULL if people are not shown the column */
    enum column_kind kind;
    size_t width_max; /* in characters; longer cells are cut; 0: never */
};

struct table;

/* `columns` must outlive the table. */
struct table *table_new(const struct column *columns, size_t column_count);
void table_free(struct table *table);

/* Adds the next cell. NULL is null in JSON, and a dash for people. */
void table_add(struct table *table, const char *text);
void table_addf(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds all rows of the statement, whose columns must be those of the table. Returns 0, or -1 with
 * the reason. */
int table_fill(struct table *table, sqlite3_stmt *statement, struct reason *why);

size_t table_rows(const struct table *table);

void table_print(const struct table *table, FILE *out);
void table_print_json(const struct table *table, FILE *out);
/* Prints each row as lines of title and cell, for showing a single thing. */
void table_print_records(const struct table *table, FILE *out);

#endif
