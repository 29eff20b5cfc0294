/*
 * lookup: a session's row in the session database, found by its token in
 * tables that are recognised by their columns. What the sources that keep
 * sessions as rows have in common.
 */
#ifndef BELFRY_AUTH_SESSION_LOOKUP_H
#define BELFRY_AUTH_SESSION_LOOKUP_H

#include "auth-fcgi/source.h"
#include "common/session_tables.h"

struct session_lookup;

/* `context` and `shape` are borrowed. Without a database, which is looked for again each time,
 * there is no session where `optional` is set, and else the store is unavailable. */
struct session_lookup *session_lookup_new(
    const struct source_context *context, const struct session_shape *shape, bool optional);
void session_lookup_free(struct session_lookup *lookup);

enum session_verdict session_lookup_find(
    struct session_lookup *lookup, const char *token, struct session *session, struct reason *why);

/* As describe of a source. */
int session_lookup_describe(struct session_lookup *lookup, struct buf *out);

#endif
