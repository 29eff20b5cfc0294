/*
 * source: where sessions come from. Each source is one file, and a row of the
 * table in sources.c makes it known to `session_sources`.
 *
 * A source belongs to one thread. It opens its files when it is asked for the
 * first time, and again when they have been replaced, so opening a source fails
 * only if the configuration is wrong.
 */
#ifndef BELFRY_AUTH_SOURCE_H
#define BELFRY_AUTH_SOURCE_H

#include <stddef.h>

#include "auth-fcgi/credentials.h"
#include "auth-fcgi/session.h"
#include "common/buf.h"
#include "common/clock.h"
#include "common/config.h"
#include "common/reason.h"
#include "common/secret.h"

enum session_verdict {
    SESSION_FOUND,
    SESSION_ABSENT,      /* the request contains nothing that this source reads */
    SESSION_REFUSED,     /* it does, but that is not a session; the reason says what to do */
    SESSION_UNAVAILABLE, /* the store cannot be read; the reason says which one, and why */
    SESSION_LOCKED       /* nor here, because it is locked; trying again may help */
};

/* What sources are made of. Borrowed, and outlives them. */
struct source_context {
    const struct config *config;
    const struct secrets *secrets; /* those of tokens; there may be none */
    const struct clock *clock;
    int busy_timeout; /* ms to wait for a locked store; may change between two requests */
};

struct source;

/* Whose cookie `session_cookie` names. Where there is a query, it names the query's. */
enum source_cookie {
    SOURCE_COOKIE_NONE,
    SOURCE_COOKIE_AUTHJS,
    SOURCE_COOKIE_BETTER_AUTH,
    SOURCE_COOKIE_QUERY
};

struct source_kind {
    const char *name;
    enum source_cookie cookie;
    /* Returns the source, or NULL with the reason. */
    struct source *(*open)(const struct source_context *context, struct reason *why);
    enum session_verdict (*find)(struct source *source, const struct credentials *credentials,
        struct session *session, struct reason *why);
    /* For `--check`: appends lines about what is used. Returns 0, or -1 where it would not work as
     * things are. */
    int (*describe)(struct source *source, struct buf *out);
    void (*close)(struct source *source);
};

/* The first member of every source. */
struct source {
    const struct source_kind *kind;
};

extern const struct source_kind source_authjs;
extern const struct source_kind source_table;
extern const struct source_kind source_better_auth;
extern const struct source_kind source_query;
extern const struct source_kind source_remote_user;

#endif
