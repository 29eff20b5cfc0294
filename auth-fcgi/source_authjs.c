/*
 * source_authjs: sessions in encrypted cookies, those of Auth.js v5 and NextAuth
 * v4 (session strategy "jwt"). They need no database, and expire by their `exp`.
 *
 * As in Auth.js, a token in "Authorization: Bearer" counts where there is no
 * cookie: that is how applications other than browsers sign in.
 */
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/cookie.h"
#include "auth-fcgi/cookie_claims.h"
#include "auth-fcgi/cookie_key.h"
#include "auth-fcgi/cookie_names.h"
#include "auth-fcgi/cookie_secrets.h"
#include "auth-fcgi/source.h"
#include "common/container_of.h"
#include "common/memory.h"

/* The known cookies, and whether NextAuth may have made them. */
static const struct {
    const char *name;
    bool nextauth;
} cookies[] = {
    {"authjs.session-token", false}, {"__Secure-authjs.session-token", false},
    {"next-auth.session-token", true}, {"__Secure-next-auth.session-token", true},
    {NULL, true}, /* session_cookie */
};

#define COOKIES (sizeof(cookies) / sizeof(cookies[0]))

struct authjs_source {
    struct source source;
    const struct source_context *context;
    struct secrets secrets[2]; /* Auth.js', NextAuth's */
    /* By cookie, secret and scheme; each is NULL until it is needed. */
    struct cookie_key *keys[COOKIES][SECRETS_MAX][COOKIE_SCHEMES];
    struct jwe_header header;
};

static void authjs_close(struct source *source)
{
    struct authjs_source *authjs = container_of(source, struct authjs_source, source);
    struct cookie_key **keys = &authjs->keys[0][0][0];

    for (size_t i = 0; i < COOKIES * SECRETS_MAX * COOKIE_SCHEMES; i++)
        cookie_key_free(keys[i]);
    jwe_header_release(&authjs->header);
    secrets_release(&authjs->secrets[0]);
    secrets_release(&authjs->secrets[1]);
    free(authjs);
}

static struct source *authjs_open(const struct source_context *context, struct reason *why)
{
    struct authjs_source *authjs = mem_zalloc(sizeof(*authjs));

    authjs->source.kind = &source_authjs;
    authjs->context = context;
    if (cookie_secrets_load(&authjs->secrets[false], context, NULL, why) < 0 ||
        cookie_secrets_load(&authjs->secrets[true], context, "NEXTAUTH_SECRET", why) < 0) {
        authjs_close(&authjs->source);
        return NULL;
    }
    return &authjs->source;
}

static size_t cookie_index(const char *name)
{
    size_t i = 0;

    while (cookies[i].name && strcmp(cookies[i].name, name) != 0)
        i++;
    return i;
}

static const struct secrets *secrets_of(
    const struct authjs_source *authjs, enum cookie_scheme scheme)
{
    return &authjs->secrets[scheme == COOKIE_NEXTAUTH];
}

static const struct cookie_key *key_have(struct authjs_source *authjs, const char *name,
    size_t secret, enum cookie_scheme scheme, struct reason *why)
{
    size_t index = cookie_index(name);
    struct cookie_key **slot = &authjs->keys[index][secret][scheme];

    if (!*slot)
        *slot = cookie_key_derive(&secrets_of(authjs, scheme)->items[secret], scheme, name, why);
    return *slot;
}

/* The key that the cookie's `kid` names; without a `kid`, that of the first secret. */
static const struct cookie_key *key_choose(struct authjs_source *authjs, const char *name,
    const struct jwe *jwe, enum cookie_scheme scheme, struct reason *why)
{
    char described[256];
    const struct secrets *secrets = secrets_of(authjs, scheme);

    for (size_t i = 0; i < secrets->count; i++) {
        const struct cookie_key *key = key_have(authjs, name, i, scheme, why);
        if (!key || !jwe->header->kid || strcmp(jwe->header->kid, key->kid) == 0)
            return key;
    }
    reason_set(why, "its key is derived from none of %s: is the application's %s among them?",
        secrets_describe(secrets, described, sizeof(described)),
        scheme == COOKIE_NEXTAUTH ? "NEXTAUTH_SECRET" : "AUTH_SECRET");
    return NULL;
}

static int scheme_try(struct authjs_source *authjs, const char *name, const struct jwe *jwe,
    enum cookie_scheme scheme, struct buf *plain, struct reason *why)
{
    const struct cookie_key *key = key_choose(authjs, name, jwe, scheme, why);

    return key ? jwe_decrypt(jwe, key->key, plain, why) : -1;
}

/* Tries each scheme that the cookie's encryption and name allow. */
static int cookie_decrypt(struct authjs_source *authjs, const char *name, const struct jwe *jwe,
    struct buf *plain, struct reason *why)
{
    static const enum cookie_scheme order[] = {
        COOKIE_NEXTAUTH, COOKIE_AUTHJS_CBC, COOKIE_AUTHJS_GCM};
    bool nextauth = cookies[cookie_index(name)].nextauth;

    for (size_t i = 0; i < COOKIE_SCHEMES; i++) {
        if (cookie_scheme_encryption(order[i]) != jwe->header->encryption ||
            (order[i] == COOKIE_NEXTAUTH && !nextauth))
            continue;
        if (scheme_try(authjs, name, jwe, order[i], plain, why) == 0)
            return 0;
    }
    return -1;
}

/* `value` came in the cookie `name`. Only what has the form of an encrypted cookie is for us. */
static enum session_verdict authjs_judge(struct authjs_source *authjs, const char *name,
    const char *value, struct session *session, struct reason *why)
{
    struct jwe jwe;
    struct buf plain;
    int64_t now = clock_wall_seconds(authjs->context->clock);

    if (!jwe_looks_like_one(value)) {
        reason_set(why,
            "the cookie %s does not hold an encrypted session; if it is a session token, the "
            "source "
            "table reads it",
            name);
        return SESSION_ABSENT;
    }
    buf_init(&plain, JWE_MAX_BYTES);
    int result = jwe_parse(&jwe, &authjs->header, value, strlen(value), why);
    if (result == 0)
        result = cookie_decrypt(authjs, name, &jwe, &plain, why);
    if (result == 0)
        result = cookie_claims_read(plain.data, plain.len, now, session, why);
    buf_wipe(&plain);
    if (result == 0)
        return SESSION_FOUND;
    reason_prefix(why, "the cookie %s: ", name);
    return SESSION_REFUSED;
}

/* A cookie_names_judge. */
static enum session_verdict authjs_cookie_judge(void *source, const struct credentials *credentials,
    const char *name, struct session *session, struct reason *why)
{
    struct buf value;
    enum session_verdict verdict = SESSION_ABSENT;

    buf_init(&value, JWE_MAX_BYTES);
    enum cookie_found found = cookie_find_chunked(credentials->cookie, name, &value);
    if (found == COOKIE_FOUND) {
        verdict = authjs_judge(source, name, value.data, session, why);
    } else if (found != COOKIE_ABSENT) {
        cookie_explain(found, name, why);
        verdict = SESSION_REFUSED;
    }
    buf_wipe(&value);
    return verdict;
}

static enum session_verdict authjs_find(struct source *source,
    const struct credentials *credentials, struct session *session, struct reason *why)
{
    struct authjs_source *authjs = container_of(source, struct authjs_source, source);
    struct cookie_names names = cookie_names_of_authjs(credentials, authjs->context->config);
    enum session_verdict verdict =
        cookie_names_find(&names, credentials, authjs_cookie_judge, authjs, session, why);

    if (verdict == SESSION_ABSENT && !*why->text)
        cookie_names_explain_absence(&names, credentials, why);
    if (verdict != SESSION_ABSENT || !credentials->bearer)
        return verdict;
    for (const char **name = names.items; *name && verdict != SESSION_FOUND; name++)
        verdict = authjs_judge(authjs, *name, credentials->bearer, session, why);
    return verdict;
}

static int authjs_describe(struct source *source, struct buf *out)
{
    struct authjs_source *authjs = container_of(source, struct authjs_source, source);

    cookie_secrets_describe(&authjs->secrets[false], "Auth.js", out);
    cookie_secrets_describe(&authjs->secrets[true], "NextAuth", out);
    return authjs->secrets[false].count ? 0 : -1;
}

const struct source_kind source_authjs = {
    .name = "authjs",
    .cookie = SOURCE_COOKIE_AUTHJS,
    .open = authjs_open,
    .find = authjs_find,
    .describe = authjs_describe,
    .close = authjs_close,
};
