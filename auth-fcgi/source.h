/*
 * source: where sessions come from. One file a source; one row of the table in
 * source.c makes it known to `session_sources`.
 *
 * A source belongs to one thread. It opens its files by itself when it is
 * asked for the first time, and again when they were replaced, so making it
 * fails only where the configuration is wrong.
 *
 * struct sources is the list that is configured, in its order: the first that
 * finds a session has the word. Where none does, and one could not look, the
 * answer is that it is not known, rather than that there is no session.
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
    SESSION_ABSENT,      /* the request carries nothing that this source reads */
    SESSION_REFUSED,     /* it does, and that is no session: why says what to do */
    SESSION_UNAVAILABLE, /* the store cannot be read: why says which, and why */
    SESSION_LOCKED       /* likewise: somebody has it locked, so it may be tried again */
};

/* What sources are made of. Borrowed: has to outlive them. */
struct source_context {
    const struct config *config;
    const struct secrets *secrets; /* those of tokens; may hold none */
    const struct clock *clock;
    int busy_timeout; /* milliseconds that a locked store is waited for; may change */
};

struct source;

/* Which sources go by one `session_cookie`. Where there is a query, it is that one's. */
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
    /* For `--check`: appends lines about what would be used. Returns 0, or -1 where it would not
     * work as things are. */
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

struct sources;

/* Whether all of `session_sources` are there, and one of them reads each of the other settings of
 * sessions. Returns 0, or -1 with the reason. */
int sources_check(const struct config *config, struct reason *why);

/* Returns NULL with the reason: an unknown source, or one that lacks what it needs. */
struct sources *sources_open(const struct source_context *context, struct reason *why);
void sources_close(struct sources *sources);

/* `session` is initialised, and to be released whatever the verdict. Where none is found, `why`
 * joins what each source had to say. */
enum session_verdict sources_find(struct sources *sources, const struct credentials *credentials,
    struct session *session, struct reason *why);

/* What one source says of a credentials, for whoever looks for a fault. `session` is that of
 * SESSION_FOUND, `why` is "" where there is nothing to say. */
typedef void sources_tell(void *context, const char *source, enum session_verdict verdict,
    const struct session *session, const struct reason *why);

/* Asks every source, in order, whatever the others say. Returns whether one found a session. */
bool sources_judge(struct sources *sources, const struct credentials *credentials,
    sources_tell *tell, void *context);

/* As describe of each. Returns 0, or -1 where one would not work. */
int sources_describe(struct sources *sources, struct buf *out);

#endif
