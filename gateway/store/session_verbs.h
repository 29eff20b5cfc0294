/*
 * session_verbs: the application's session database. Its engine need not be
 * that of the queue.
 *
 * It belongs to the application: we write nothing to it, do not wait for locks
 * on it, and hold no read lock longer than a call. It may be replaced, rebuilt,
 * locked or removed at any time; `look`, called before anything else, says what
 * happened to it.
 *
 * Verbs that fail return -1, and then `trouble`, `code` and `why` say what
 * happened. The next look opens the database again.
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
    SESSIONS_REBUILT, /* … a changed schema, or a VACUUM: rows may have other rowids */
    SESSIONS_ANOTHER  /* opened for the first time or anew: what was known about it is void */
};

/* A position in a walk over all sessions: all zero is before the first. */
struct session_walk {
    size_t table;
    bool is_inside; /* the walk is within that table; `rowid` is the next */
    int64_t rowid;
};

struct session_verbs {
    void (*free)(struct sessions *sessions);
    /* What happened to the database since the last look: enum sessions_look, or -1. */
    int (*look)(struct sessions *sessions);
    /* Sets `there` for each of `count` sessions: whether the row at its rowid is that session or,
     * where there are no rowids, whether there is a session of its token. 0, or -1. */
    int (*has)(struct sessions *sessions, const struct token_session *const *asked, size_t count,
        bool *there);
    /* NULL where a session needs no search, since what `has` does not find is gone. Calls `visit`
     * for at most `most` further sessions: 1 if there may be more, 0 at the end, or -1. */
    int (*walk)(struct sessions *sessions, struct session_walk *walk, size_t most,
        void (*visit)(void *context, const struct token_session *session), void *context);
};

#endif
