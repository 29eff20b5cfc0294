/*
 * publisher: what writes rows into the queue.
 *
 * Behind it stands an engine, chosen when the publisher is made
 * (publisher_sqlite.h); whoever publishes does not know which. The engine
 * checks nothing that publication_check has checked, but the database has the
 * last word, since it may hold rules that this program does not know.
 *
 *     if (publisher_begin(publisher, &why) == 0) …
 *     publisher_write(publisher, &row, &id, &why);   as often as there are rows, …
 *     publisher_write_all(publisher, rows, …);       … or many at once
 *     publisher_commit(publisher, &why);             all of them, or none
 *
 * A row that is written outside a transaction is a transaction of its own.
 */
#ifndef BELFRY_COMMON_PUBLISHER_H
#define BELFRY_COMMON_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/publication.h"

enum publisher_result {
    PUBLISHER_WRITTEN,
    PUBLISHER_REPEATED, /* it is there already: the row with its key, its name or its reference */
    PUBLISHER_REFUSED,  /* this row is wrong; the next may be right */
    PUBLISHER_FAILED,   /* the database failed: no use in going on */
};

struct publisher;

/* Is told what became of one of several rows, by its index: never FAILED, and `why` of REFUSED
 * alone. Returns 0, or -1 so that no further row is written. */
typedef int publisher_told(void *context, size_t index, enum publisher_result result, int64_t id,
    const struct reason *why);

/* An engine. Its own struct begins with a struct publisher. */
struct publisher_engine {
    int (*begin)(struct publisher *publisher, struct reason *why);
    int (*write_all)(struct publisher *publisher, const struct publication_row *const *rows,
        size_t count, publisher_told *told, void *context, struct reason *why);
    int (*commit)(struct publisher *publisher, struct reason *why);
    void (*rollback)(struct publisher *publisher);
    void (*free)(struct publisher *publisher);
};

struct publisher {
    const struct publisher_engine *engine;
    /* After a commit that failed: all of it may be written, or nothing. Its answer was lost, and
     * nobody could be asked. */
    bool is_uncertain;
};

/* NULL is fine. Rolls back what was begun and not committed. */
void publisher_free(struct publisher *publisher);

/* A transaction that may write. Each returns 0, or -1 with the reason. After a commit that failed
 * no transaction is open, and nothing is written unless is_uncertain. */
int publisher_begin(struct publisher *publisher, struct reason *why);
int publisher_commit(struct publisher *publisher, struct reason *why);
/* Fine where none is open. */
void publisher_rollback(struct publisher *publisher);

/* `*id` becomes the row's, or that of the row that is there already; 0 for a conversation and its
 * members, which have names. WRITTEN and REPEATED leave `why` alone. */
enum publisher_result publisher_write(struct publisher *publisher,
    const struct publication_row *row, int64_t *id, struct reason *why);

/* Writes rows, and tells of each, in order; one that is refused takes back itself alone. An engine
 * in a server sends many at once. Returns 0, 1 where it was told to stop, or -1 with the reason
 * where the database failed. */
int publisher_write_all(struct publisher *publisher, const struct publication_row *const *rows,
    size_t count, publisher_told *told, void *context, struct reason *why);

/* Checks, and writes what passes: publication_check and publisher_write in one. */
enum publisher_result publisher_publish(struct publisher *publisher,
    const struct publication *publication, int64_t now_ms, int64_t *id,
    struct publication_error *error);

#endif
