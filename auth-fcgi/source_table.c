/*
 * source_table: sessions that are rows, in the tables of Auth.js' adapters or of
 * `belfry init --sessions`. The value of the cookie is the session token.
 */
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/cookie.h"
#include "auth-fcgi/cookie_names.h"
#include "auth-fcgi/jwe.h"
#include "auth-fcgi/session_lookup.h"
#include "auth-fcgi/source.h"
#include "common/container_of.h"
#include "common/memory.h"

#define SESSION_TOKEN_MAX 4096

struct table_source {
    struct source source;
    const struct config *config;
    struct session_lookup *lookup;
};

/* By default, encrypted cookies are a source, too, and they need no database. */
static bool is_optional(const struct config *config)
{
    for (size_t i = 0; i < config->auth.session_sources.count; i++)
        if (strcmp(config->auth.session_sources.items[i], "authjs") == 0)
            return true;
    return false;
}

static struct source *table_open(const struct source_context *context, struct reason *why)
{
    (void)why;
    struct table_source *table = mem_zalloc(sizeof(*table));
    table->source.kind = &source_table;
    table->config = context->config;
    table->lookup =
        session_lookup_new(context, &session_shape_authjs, is_optional(context->config));
    return &table->source;
}

/* A cookie_names_judge. */
static enum session_verdict table_cookie_judge(void *source, const struct credentials *credentials,
    const char *name, struct session *session, struct reason *why)
{
    struct table_source *table = source;
    struct buf token;
    enum session_verdict verdict = SESSION_ABSENT;

    buf_init(&token, SESSION_TOKEN_MAX);
    enum cookie_found found = cookie_find(credentials->cookie, name, &token);
    if (found == COOKIE_FOUND && jwe_looks_like_one(token.data)) {
        reason_set(
            why, "the cookie %s is an encrypted session, which the source authjs reads", name);
    } else if (found == COOKIE_FOUND && token.len > 0) {
        verdict = session_lookup_find(table->lookup, token.data, session, why);
    } else if (found == COOKIE_BROKEN || found == COOKIE_TWICE) {
        cookie_explain(found, name, why);
        verdict = SESSION_REFUSED;
    }
    buf_wipe(&token);
    return verdict;
}

static enum session_verdict table_find(struct source *source, const struct credentials *credentials,
    struct session *session, struct reason *why)
{
    struct table_source *table = container_of(source, struct table_source, source);
    struct cookie_names names = cookie_names_of_authjs(credentials, table->config);
    enum session_verdict verdict =
        cookie_names_find(&names, credentials, table_cookie_judge, table, session, why);

    if (verdict == SESSION_ABSENT && !*why->text)
        cookie_names_explain_absence(&names, credentials, why);
    return verdict;
}

static int table_describe(struct source *source, struct buf *out)
{
    return session_lookup_describe(container_of(source, struct table_source, source)->lookup, out);
}

static void table_close(struct source *source)
{
    struct table_source *table = container_of(source, struct table_source, source);

    session_lookup_free(table->lookup);
    free(table);
}

const struct source_kind source_table = {
    .name = "table",
    .cookie = SOURCE_COOKIE_AUTHJS,
    .open = table_open,
    .find = table_find,
    .describe = table_describe,
    .close = table_close,
};
