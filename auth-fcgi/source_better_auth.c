/*
 * source_better_auth: the sessions of Better Auth. The cookie contains the session
 * token and its signature; the token is looked up in the table `session`.
 */
#include <stdlib.h>

#include "auth-fcgi/cookie.h"
#include "auth-fcgi/cookie_names.h"
#include "auth-fcgi/cookie_secrets.h"
#include "auth-fcgi/session_lookup.h"
#include "auth-fcgi/signature.h"
#include "auth-fcgi/source.h"
#include "common/container_of.h"
#include "common/memory.h"

#define COOKIE_MAX 4096

struct better_auth_source {
    struct source source;
    const struct config *config;
    struct secrets secrets;
    struct session_lookup *lookup;
};

static struct source *better_auth_open(const struct source_context *context, struct reason *why)
{
    struct better_auth_source *better_auth = mem_zalloc(sizeof(*better_auth));

    better_auth->source.kind = &source_better_auth;
    if (cookie_secrets_load_signing(&better_auth->secrets, context, "BETTER_AUTH_SECRET", why) <
        0) {
        free(better_auth);
        return NULL;
    }
    better_auth->config = context->config;
    better_auth->lookup = session_lookup_new(context, &session_shape_better_auth, false);
    return &better_auth->source;
}

static enum session_verdict better_auth_judge(struct better_auth_source *better_auth,
    struct buf *value, struct session *session, struct reason *why)
{
    long len = signature_check(value->data, &better_auth->secrets, true, why);

    if (len < 0)
        return SESSION_REFUSED;
    value->data[len] = '\0';
    return session_lookup_find(better_auth->lookup, value->data, session, why);
}

/* A cookie_names_judge. */
static enum session_verdict better_auth_cookie_judge(void *source,
    const struct credentials *credentials, const char *name, struct session *session,
    struct reason *why)
{
    struct buf value;
    enum session_verdict verdict = SESSION_ABSENT;

    buf_init(&value, COOKIE_MAX);
    enum cookie_found found = cookie_find(credentials->cookie, name, &value);
    if (found == COOKIE_FOUND) {
        verdict = better_auth_judge(source, &value, session, why);
        if (verdict == SESSION_REFUSED)
            reason_prefix(why, "the cookie %s: ", name);
    } else if (found != COOKIE_ABSENT) {
        cookie_explain(found, name, why);
        verdict = SESSION_REFUSED;
    }
    buf_wipe(&value);
    return verdict;
}

static enum session_verdict better_auth_find(struct source *source,
    const struct credentials *credentials, struct session *session, struct reason *why)
{
    struct better_auth_source *better_auth =
        container_of(source, struct better_auth_source, source);
    struct buf storage;

    buf_init(&storage, COOKIE_MAX);
    struct cookie_names names =
        cookie_names_of_better_auth(credentials, better_auth->config, &storage);
    enum session_verdict verdict =
        cookie_names_find(&names, credentials, better_auth_cookie_judge, better_auth, session, why);
    if (verdict == SESSION_ABSENT)
        cookie_names_explain_absence(&names, credentials, why);
    buf_release(&storage);
    return verdict;
}

static int better_auth_describe(struct source *source, struct buf *out)
{
    struct better_auth_source *better_auth =
        container_of(source, struct better_auth_source, source);

    cookie_secrets_describe(&better_auth->secrets, "Better Auth", out);
    return session_lookup_describe(better_auth->lookup, out);
}

static void better_auth_close(struct source *source)
{
    struct better_auth_source *better_auth =
        container_of(source, struct better_auth_source, source);

    secrets_release(&better_auth->secrets);
    session_lookup_free(better_auth->lookup);
    free(better_auth);
}

const struct source_kind source_better_auth = {
    .name = "better_auth",
    .cookie = SOURCE_COOKIE_BETTER_AUTH,
    .open = better_auth_open,
    .find = better_auth_find,
    .describe = better_auth_describe,
    .close = better_auth_close,
};
