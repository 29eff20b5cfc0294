/*
 * message_verbs: what an engine can do with messages.
 *
 * Verbs that walk call `visit` for each row, in the order they name: it returns
 * 1 to go on, 0 to stop, or -1 if it failed. A walk returns 1 at the end of the
 * rows, 0 if it was stopped, or -1 (engine.h). A row is lent for the call of
 * `visit`.
 *
 * Order: once an engine has shown a message of a conversation, none of that
 * conversation with a lower id may appear later. SQLite serialises its writers,
 * so its ids give that order by themselves; an engine that commits in parallel
 * must serialise those who write to one conversation.
 */
#ifndef BELFRY_GATEWAY_STORE_MESSAGE_VERBS_H
#define BELFRY_GATEWAY_STORE_MESSAGE_VERBS_H

#include <stdint.h>

#include "gateway/store/cell.h"

struct engine;

struct message_row {
    int64_t id;
    const char *bad; /* why the engine cannot read the row (the cells are unset); or NULL */
    struct cell conversation, sender, sender_name, content, metadata, client_ref, created_at;
};

typedef int message_visit(void *context, const struct message_row *row);

/* A message to be inserted; name, metadata and client_ref may be NULL. */
struct message_draft {
    const char *conversation, *sender, *name, *content, *metadata, *client_ref;
};

struct message_verbs {
    /* All messages that are new, as notification_verbs.h says of walk_new. */
    int (*walk_all)(struct engine *engine, int64_t after, message_visit *visit, void *context);
    /* Those of a conversation with after < id <= upto, by id. */
    int (*walk_after)(struct engine *engine, const char *conversation, int64_t after, int64_t upto,
        message_visit *visit, void *context);
    /* Those of a conversation with an id below `before`, the newest first. */
    int (*walk_before)(struct engine *engine, const char *conversation, int64_t before,
        message_visit *visit, void *context);
    /* The first message with the draft's conversation, sender, client_ref and content that was
     * created at or after `since` (in the tables' format). 1 with its id and its created_at in Unix
     * ms (unchanged if it cannot be read); 0 if there is none; or -1. */
    int (*find_repeated)(struct engine *engine, const struct message_draft *draft,
        const char *since, int64_t *id, int64_t *created_at);
    /* Inserts it, created at `now` (in the same format): 0 with its id, or -1, with
     * ENGINE_REFUSES_ROW if the table's checks reject it. */
    int (*insert)(
        struct engine *engine, const struct message_draft *draft, const char *now, int64_t *id);
};

#endif
