/*
 * source_query: sessions of any other shape, found by a SELECT that the
 * administrator writes (`session_query`). Its parameter :token is the value of
 * `session_cookie`. Its columns are read by name: user_id, and email, name, role
 * and expires where they are known. With `session_signature = express` the cookie
 * is one that Express signed.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth-fcgi/cookie.h"
#include "auth-fcgi/cookie_names.h"
#include "auth-fcgi/cookie_secrets.h"
#include "auth-fcgi/session_row.h"
#include "auth-fcgi/session_store.h"
#include "auth-fcgi/signature.h"
#include "auth-fcgi/source.h"
#include "common/container_of.h"
#include "common/memory.h"

#define COOKIE_MAX 4096

struct query_source {
    struct source source;
    const struct source_context *context;
    struct secrets secrets;
    struct session_store *store;
    struct session_row_columns columns;
};

static int column_index(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* The see_columns of a session_statement. */
static int query_see_columns(
    void *context, const char *const *names, size_t count, struct reason *why)
{
    struct query_source *query = context;

    query->columns = (struct session_row_columns){
        .user_id = column_index(names, count, "user_id"),
        .email = column_index(names, count, "email"),
        .name = column_index(names, count, "name"),
        .role = column_index(names, count, "role"),
        .expires = column_index(names, count, "expires"),
        .rowid = -1,
    };
    if (query->columns.user_id < 0 && query->columns.email < 0)
        return reason_set(why, "it has no column named user_id");
    return 0;
}

static void query_close(struct source *source)
{
    struct query_source *query = container_of(source, struct query_source, source);

    secrets_release(&query->secrets);
    session_store_free(query->store);
    free(query);
}

static int query_configure(struct query_source *query, struct reason *why)
{
    const struct config *config = query->context->config;

    if (!*config->auth.session_query || !*config->auth.session_cookie)
        return reason_set(why, "it needs session_query and session_cookie under [auth]");
    char *path = config_session_database(config);
    if (!path && config_session_fault(config, why) < 0)
        return -1;
    if (!path)
        return reason_set(why, "it needs session_database under [auth]");
    const struct session_statement statement = {
        .text = config->auth.session_query,
        .name = "session_query",
        .see_columns = query_see_columns,
        .context = query,
    };
    query->store = session_store_new(SESSION_STORE_OF_SESSIONS, path, SESSION_STORE_BUSY_TIMEOUT,
        query->context->clock, &statement);
    free(path);
    if (!*config->auth.session_signature)
        return 0;
    return cookie_secrets_load_signing(&query->secrets, query->context, NULL, why);
}

static struct source *query_open(const struct source_context *context, struct reason *why)
{
    struct query_source *query = mem_zalloc(sizeof(*query));

    query->source.kind = &source_query;
    query->context = context;
    if (query_configure(query, why) < 0) {
        query_close(&query->source);
        return NULL;
    }
    return &query->source;
}

/* Removes "s:" and the signature. Returns 0, or -1 with the reason. */
static int unsign_express(struct query_source *query, struct buf *value, struct reason *why)
{
    if (strncmp(value->data, "s:", 2) != 0)
        return reason_set(why, "it is not signed: it does not begin with s:");
    long len = signature_check(value->data + 2, &query->secrets, false, why);
    if (len < 0)
        return -1;
    memmove(value->data, value->data + 2, (size_t)len);
    value->data[len] = '\0';
    return 0;
}

static enum session_verdict query_row_find(
    struct query_source *query, const char *token, struct session *session, struct reason *why)
{
    struct session_row_reading reading = {
        .session = session,
        .columns = &query->columns,
        .clock = query->context->clock,
        .token = token,
    };

    session_store_set_busy_timeout(query->store, query->context->busy_timeout);
    int result = session_store_find(query->store, token, session_row_read, &reading, why);
    if (result == SESSION_STORE_UNAVAILABLE)
        return session_store_is_locked(query->store) ? SESSION_LOCKED : SESSION_UNAVAILABLE;
    if (result != SESSION_STORE_NO_ROW)
        return (enum session_verdict)result;
    reason_set(why,
        "session_query finds no row for it in %s: the visitor has signed out, or the query looks "
        "in the wrong "
        "place",
        session_store_shown(query->store));
    return SESSION_REFUSED;
}

static enum session_verdict query_judge(
    struct query_source *query, struct buf *value, struct session *session, struct reason *why)
{
    bool is_signed = *query->context->config->auth.session_signature != '\0';

    if (is_signed && unsign_express(query, value, why) < 0)
        return SESSION_REFUSED;
    if (!*value->data)
        return SESSION_ABSENT;
    return query_row_find(query, value->data, session, why);
}

static enum session_verdict query_find(struct source *source, const struct credentials *credentials,
    struct session *session, struct reason *why)
{
    struct query_source *query = container_of(source, struct query_source, source);
    const char *name = query->context->config->auth.session_cookie;
    struct buf value;
    enum session_verdict verdict = SESSION_ABSENT;

    buf_init(&value, COOKIE_MAX);
    enum cookie_found found = cookie_find(credentials->cookie, name, &value);
    if (found == COOKIE_FOUND) {
        verdict = query_judge(query, &value, session, why);
    } else if (found != COOKIE_ABSENT) {
        cookie_explain(found, name, why);
        verdict = SESSION_REFUSED;
    }
    if (found == COOKIE_ABSENT)
        cookie_names_explain_absence(&(const struct cookie_names){{name}}, credentials, why);
    else if (verdict == SESSION_REFUSED && found == COOKIE_FOUND)
        reason_prefix(why, "the cookie %s: ", name);
    buf_wipe(&value);
    return verdict;
}

static int query_describe(struct source *source, struct buf *out)
{
    struct query_source *query = container_of(source, struct query_source, source);
    struct reason why;

    buf_addf(out, "  database %s, cookie %s\n", session_store_shown(query->store),
        query->context->config->auth.session_cookie);
    if (query->secrets.count > 0)
        cookie_secrets_describe(&query->secrets, "Express", out);
    if (session_store_ready(query->store, &why) == 0)
        return 0;
    buf_addf(out, "  %s\n", why.text);
    return -1;
}

const struct source_kind source_query = {
    .name = "query",
    .cookie = SOURCE_COOKIE_QUERY,
    .open = query_open,
    .find = query_find,
    .describe = query_describe,
    .close = query_close,
};
