/*
 * session: who is signed in, as a session source has found out.
 *
 * Invariants of a session that was found: if its user_id is known, it is a valid
 * subject of a token; all strings are UTF-8 without control characters; it has
 * not expired.
 *
 * A session owns its strings.
 */
#ifndef BELFRY_AUTH_SESSION_H
#define BELFRY_AUTH_SESSION_H

#include <stdint.h>

#include "common/reason.h"

/* No end is known. */
#define SESSION_ENDLESS (-1)

struct session {
    char *user_id; /* NULL where the source knows none, as all below */
    char *email;
    char *name;
    char *role;
    char *id;        /* the token's belfry_sid; only of sessions that are rows … */
    char *token;     /* … or else the session token, which is sealed in it */
    int64_t ends_at; /* Unix seconds, or SESSION_ENDLESS */
};

void session_init(struct session *session);
void session_release(struct session *session);

/* What a source has read. What is unknown is NULL. */
struct session_fields {
    const char *user_id;
    const char *email;
    const char *name;
    const char *role;
};

/* Copies the fields. A user_id that cannot be a subject is an error: -1 with the reason. Another
 * field that is too long or not text is left out, as if it were unknown. */
int session_fill(struct session *session, const struct session_fields *fields, struct reason *why);

#endif
