/*
 * row_writer: a connection to Belfry's queue that publishes by INSERT, as an
 * application's does: into an SQLite file with WAL, synchronous = normal and a
 * busy timeout, or into PostgreSQL, by its URL, with the server's defaults.
 *
 *     row_writer_begin(writer, count);
 *     row_writer_add(writer, name, payload, size);    so many times
 *     row_writer_commit(writer);
 *
 * A single row is a statement of its own. More are one transaction: in SQLite a
 * statement each, in PostgreSQL one statement, since each is a round trip there.
 */
#ifndef BELFRY_BENCH_LOAD_ROW_WRITER_H
#define BELFRY_BENCH_LOAD_ROW_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"

/* Tables of the queue that are published into. */
enum source_table { SOURCE_NOTIFICATIONS, SOURCE_BROADCASTS };

struct row_writer;

/* Each of the first three returns 0, or -1. */
struct row_writer_kind {
    int (*begin)(struct row_writer *writer, uint32_t count);
    int (*add)(struct row_writer *writer, const char *name, const char *payload, size_t size);
    int (*commit)(struct row_writer *writer);
    /* What is wrong, after one of them has failed. */
    const char *(*problem)(const struct row_writer *writer);
    void (*free)(struct row_writer *writer);
};

struct row_writer {
    const struct row_writer_kind *kind;
};

/* `database`: a file, or a URL. NULL with the reason. */
struct row_writer *row_writer_new(
    const char *database, enum source_table table, struct reason *why);

struct row_writer *row_writer_sqlite_new(
    const char *file, enum source_table table, struct reason *why);
struct row_writer *row_writer_postgres_new(
    const char *url, enum source_table table, struct reason *why);

#endif
