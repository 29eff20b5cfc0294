/*
 * broadcast_verbs: what an engine can do with broadcasts. Walks, results and
 * the order of ids are as in message_verbs.h.
 */
#ifndef BELFRY_GATEWAY_STORE_BROADCAST_VERBS_H
#define BELFRY_GATEWAY_STORE_BROADCAST_VERBS_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/cell.h"

struct engine;

/* What a walk tells about a broadcast before its row is read. */
struct broadcast_brief {
    int64_t id;
    bool is_sent;       /* marked, by this gateway or another … */
    int64_t recipients; /* … as sent to so many connections (walk_topic) */
    bool is_of_topic;   /* (walk_topic) */
    /* (walk_unsent) Its transaction was open for long, and ended only now: it is not late, however
     * long ago it was created. */
    bool is_in_time;
};

struct broadcast_row {
    int64_t id;
    const char *bad; /* why the engine cannot read the row (the cells are unset); or NULL */
    struct cell topic, event, data, created_at, expires_at;
};

typedef int broadcast_visit(void *context, const struct broadcast_brief *brief);

struct broadcast_verbs {
    /* The highest id that is marked as sent; 0: none is. 0, or -1. */
    int (*last_sent)(struct engine *engine, int64_t *id);
    /* Broadcasts that are not marked as sent, by id. An engine that several gateways share shows
     * each gateway those that are new to it, as notification_verbs.h says of walk_new. */
    int (*walk_unsent)(struct engine *engine, broadcast_visit *visit, void *context);
    /* Those of the topic that expire after `now` and have an id above `after`, by id. */
    int (*walk_standing)(struct engine *engine, const char *topic, const char *now, int64_t after,
        broadcast_visit *visit, void *context);
    /* Of which topics walk_standing would show any: sets stand[i]. `topics`: one behind the other,
     * each with its NUL. 0, or -1. */
    int (*find_standing)(
        struct engine *engine, const char *topics, size_t count, const char *now, bool *stand);
    /* All with an id above `after`, by id, of any topic (is_of_topic), so that `visit` can stop a
     * walk over a great many of other topics. */
    int (*walk_topic)(struct engine *engine, const char *topic, int64_t after,
        broadcast_visit *visit, void *context);
    /* Calls `visit` with that row and returns its result; 1 if there is no such row, or -1. May be
     * called inside a walk. */
    int (*read)(struct engine *engine, int64_t id,
        int (*visit)(void *context, const struct broadcast_row *row), void *context);
    /* Marks it as sent at `at` (in the tables' format), to that many connections, unless it is
     * marked already. 0, or -1. */
    int (*mark_sent)(struct engine *engine, int64_t id, const char *at, int64_t recipients);
};

#endif
