/*
 * lookup: a session's row in the session database, found by its token in
 * tables that are recognised by their columns. What the sources that keep
 * sessions as rows have in common.
 */
#ifndef BELFRY_AUTH_LOOKUP_H
#define BELFRY_AUTH_LOOKUP_H

#include "auth-fcgi/source.h"
#include "common/session_tables.h"

struct lookup;

/* `context` and `shape` are borrowed. Without a database, which is looked for again each time,
 * there is no session where `optional` is set, and else the store is unavailable. */
struct lookup *lookup_new(
    const struct source_context *context, const struct session_shape *shape, bool optional);
void lookup_free(struct lookup *lookup);

enum session_verdict lookup_find(
    struct lookup *lookup, const char *token, struct session *session, struct reason *why);

/* As describe of a source. */
int lookup_describe(struct lookup *lookup, struct buf *out);

#endif
