/*
 * change_verbs: changes to the queue by others that no new id shows.
 *
 * Triggers of the schema record them. Our own writes fire these triggers too,
 * so the caller reads before and after it writes (changes.h).
 */
#ifndef BELFRY_GATEWAY_STORE_CHANGE_VERBS_H
#define BELFRY_GATEWAY_STORE_CHANGE_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/cell.h"
#include "gateway/store/engine.h"

struct change_row {
    int64_t id;
    struct cell kind, key;
};

/* A row that somebody made pending again while it may be on its way. `word` is different each time
 * that happens. */
struct set_back_entry {
    int64_t id;
    const char *word, *user;
};
#define SET_BACK_WORD_SIZE 17

struct change_verbs {
    /* At most `most` changes after the id `after`, in order. `own`: only those of the open
     * transaction; while it is open, SQLite lets nobody else make any. Each is shown once, whatever
     * `visit` returns. */
    int (*walk)(struct engine *engine, bool own, int64_t after, size_t most,
        int (*visit)(void *context, const struct change_row *row), void *context);
    /* Deletes changes up to `upto`, the oldest first, at most `most`. *cleared: how many. Where
     * other gateways read them, too, nothing is deleted here. */
    int (*clear)(struct engine *engine, int64_t upto, size_t most, size_t *cleared);

    int (*walk_set_back)(struct engine *engine,
        int (*visit)(void *context, const struct set_back_entry *entry), void *context);
    /* Deletes all entries of walk_set_back. */
    int (*clear_set_back)(struct engine *engine);
};

#endif
