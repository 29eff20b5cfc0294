/*
 * table: prints rows in aligned columns for people, or as JSON Lines for
 * programs.
 *
 * Cells are added one after the other, row by row. A long table is printed in
 * parts, which are aligned as the first, or wider. For people control
 * characters are escaped, since what is in a queue may come from anybody; JSON
 * has every cell in full, one row per line.
 */
#ifndef BELFRY_ADMIN_TABLE_H
#define BELFRY_ADMIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum column_kind {
    COLUMN_TEXT,
    COLUMN_NUMBER, /* text that is not a number becomes a string in JSON */
    COLUMN_ID,     /* a number that serves as a name: a string in JSON, as ids are everywhere */
    COLUMN_TIME,   /* as tables hold it: in local time for people */
    COLUMN_STATE,  /* a word like "pending", which may have a colour */
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

/* Colours titles and states for people: `out` is a terminal that shows them. */
void table_colour(struct table *table);

size_t table_rows(const struct table *table);
/* Drops the rows, so that a long table can be printed in parts. */
void table_clear(struct table *table);

/* Prints the titles, unless it has done so before, and the rows. */
void table_print(struct table *table, FILE *out);
void table_print_json(struct table *table, FILE *out);
/* Prints each row as lines of title and cell, for showing a single thing. */
void table_print_records(struct table *table, FILE *out);

#endif
