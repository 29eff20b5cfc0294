/*
 * session_verbs: the application's session database, behind which another
 * engine can stand than behind the queue.
 *
 * It is somebody else's database: nothing is written to it, nothing waits for a
 * lock on it, and no read lock outlives a call. It may be replaced, rebuilt,
 * locked or gone at any time; `look`, called before anything else, says what
 * became of it.
 *
 * Verbs return -1 where they failed, and then `trouble`, `code` and `why` say
 * what happened. The database is opened again by the next look.
 */
#ifndef BELFRY_GATEWAY_STORE_SESSION_VERBS_H
#define BELFRY_GATEWAY_STORE_SESSION_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"
#include "common/token.h"
#include "gateway/store/engine.h"

struct sessions {
    const struct session_verbs *verbs;
    enum engine_trouble trouble;
    int code;
    struct reason why;
    struct reason advice; /* to be logged and cleared; empty: none */
};

enum sessions_look {
    SESSIONS_SAME,
    SESSIONS_CHANGED, /* somebody committed */
    SESSIONS_REBUILT, /* … another schema, or a VACUUM: rows may be at other rowids */
    SESSIONS_ANOTHER  /* opened for the first time or anew: what was known of it is void */
};

/* A place in a walk over all sessions: zero is before the first. */
struct session_walk {
    size_t table;
    bool is_inside; /* of that table, with `rowid` the next */
    int64_t rowid;
};

struct session_verbs {
    void (*free)(struct sessions *sessions);
    /* What became of the database since the last look: enum sessions_look, or -1. */
    int (*look)(struct sessions *sessions);
    /* Whether the row with the session's rowid is the session's: 1, 0 or -1. */
    int (*has)(struct sessions *sessions, const struct token_session *session);
    /* Hands out the next sessions, at most `most`: 1 where there may be more, 0 at the end, or -1.
     */
    int (*walk)(struct sessions *sessions, struct session_walk *walk, size_t most,
        void (*visit)(void *context, const struct token_session *session), void *context);
};

#endif
