/*
 * message_verbs: what an engine can do with messages.
 *
 * Reading verbs that walk call `visit` for each row, in the order they name:
 * it returns 1 to go on, 0 to stop, or -1 where it failed itself. A walk
 * returns 1 when it came to the end, 0 when it was stopped, or -1 (engine.h).
 * A row is lent for the call of `visit`.
 *
 * Order: an engine must show messages so that whoever has read up to an id has
 * missed no lower id that is committed later. SQLite serialises its writers, so
 * ids give that order by themselves; an engine that commits in parallel must
 * hold back a row until all lower ids are settled.
 */
#ifndef BELFRY_GATEWAY_STORE_MESSAGE_VERBS_H
#define BELFRY_GATEWAY_STORE_MESSAGE_VERBS_H

#include <stdint.h>

#include "gateway/store/cell.h"

struct engine;

struct message_row {
    int64_t id;
    const char *bad; /* why the engine cannot read the row, and then there are no cells; or NULL */
    struct cell conversation, sender, sender_name, content, metadata, client_ref, created_at;
};

typedef int message_visit(void *context, const struct message_row *row);

/* A message to be inserted; name, metadata and client_ref may be NULL. */
struct message_draft {
    const char *conversation, *sender, *name, *content, *metadata, *client_ref;
};

struct message_verbs {
    /* All messages with an id above `after`, by id. */
    int (*walk_all)(struct engine *engine, int64_t after, message_visit *visit, void *context);
    /* Those of a conversation with after < id <= upto, by id. */
    int (*walk_after)(struct engine *engine, const char *conversation, int64_t after, int64_t upto,
        message_visit *visit, void *context);
    /* Those of a conversation with an id below `before`, the newest first. */
    int (*walk_before)(struct engine *engine, const char *conversation, int64_t before,
        message_visit *visit, void *context);
    /* The first message with the draft's conversation, sender, client_ref and content that was
     * created at or after `since` (as the tables write times): 1 with its id and its created_at in
     * Unix ms, which stays as it was where it cannot be read; 0, or -1. */
    int (*find_repeated)(struct engine *engine, const struct message_draft *draft,
        const char *since, int64_t *id, int64_t *created_at);
    /* Inserts it, created at `now` (likewise): 0 with its id, or -1; ENGINE_REFUSES_ROW: the
     * table's checks reject it. */
    int (*insert)(
        struct engine *engine, const struct message_draft *draft, const char *now, int64_t *id);
};

#endif
