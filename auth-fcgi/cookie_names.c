#include "auth-fcgi/cookie_names.h"

#include <string.h>

#include "auth-fcgi/cookie.h"

#define PREFIX "__Secure-"
#define PREFIX_OF_HOST "__Host-"
#define BETTER_AUTH "better-auth.session_token"

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_secure(const struct credentials *credentials)
{
    return credentials->https || cookie_has_prefix(credentials->cookie, PREFIX);
}

/* The configured name, unless it is that of a query; or NULL. */
static const char *configured_name(const struct config *config)
{
    bool set = *config->auth.session_cookie && !*config->auth.session_query;

    return set ? config->auth.session_cookie : NULL;
}

struct cookie_names cookie_names_of_authjs(
    const struct credentials *credentials, const struct config *config)
{
    if (configured_name(config))
        return (struct cookie_names){{configured_name(config)}};
    if (is_secure(credentials))
        return (struct cookie_names){
            {"__Secure-authjs.session-token", "__Secure-next-auth.session-token"}};
    return (struct cookie_names){{"authjs.session-token", "next-auth.session-token"}};
}

/* Better Auth puts the prefix before whatever name is configured. */
struct cookie_names cookie_names_of_better_auth(
    const struct credentials *credentials, const struct config *config, struct buf *storage)
{
    const char *name = configured_name(config) ? configured_name(config) : BETTER_AUTH;

    if (begins_with(name, PREFIX) || begins_with(name, PREFIX_OF_HOST) || !is_secure(credentials))
        return (struct cookie_names){{name}};
    buf_addf(storage, PREFIX "%s", name);
    return (struct cookie_names){{storage->data}};
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_of_one_user(const struct session *a, const struct session *b)
{
    return a->user_id || b->user_id ? is_same(a->user_id, b->user_id) : is_same(a->email, b->email);
}

/* There is another session besides the one that was found. */
static enum session_verdict second_judge(const char *const names[2], const struct session *first,
    const struct session *second, struct reason *why)
{
    if (is_of_one_user(first, second))
        return SESSION_FOUND;
    reason_set(why,
        "the cookies %s and %s are sessions of two users, and nobody can tell which one is meant: "
        "the visitor can delete the cookies of this site",
        names[0], names[1]);
    return SESSION_REFUSED;
}

/* If only a cookie shows that the request came over HTTPS, somebody else may have set that cookie,
 * and the application may use the one without the prefix. */
static enum session_verdict plain_judge(const char *name, const struct credentials *credentials,
    cookie_names_judge *judge, void *source, const struct session *session, struct reason *why)
{
    struct session other;
    struct reason unheard = {""};
    const char *both[2] = {name, name + strlen(PREFIX)};
    enum session_verdict verdict = SESSION_FOUND;

    if (credentials->https || !begins_with(name, PREFIX))
        return SESSION_FOUND;
    session_init(&other);
    if (judge(source, credentials, both[1], &other, &unheard) == SESSION_FOUND)
        verdict = second_judge(both, session, &other, why);
    session_release(&other);
    return verdict;
}

enum session_verdict cookie_names_find(const struct cookie_names *names,
    const struct credentials *credentials, cookie_names_judge *judge, void *source,
    struct session *session, struct reason *why)
{
    enum session_verdict verdict = SESSION_ABSENT;
    struct session other;

    session_init(&other);
    for (const char *const *name = names->items; *name && verdict < SESSION_UNAVAILABLE; name++) {
        bool found = verdict == SESSION_FOUND;
        enum session_verdict one = judge(source, credentials, *name, found ? &other : session, why);
        if (found && one == SESSION_FOUND)
            verdict = second_judge(names->items, session, &other, why);
        else if (one >= SESSION_UNAVAILABLE || (one != SESSION_ABSENT && !found))
            verdict = one;
    }
    session_release(&other);
    for (const char *const *name = names->items; *name && verdict == SESSION_FOUND; name++)
        verdict = plain_judge(*name, credentials, judge, source, session, why);
    return verdict;
}

/* There is a cookie with this name but without the prefix, and it does not count. */
static void explain_prefix(
    const struct credentials *credentials, const char *name, struct reason *why)
{
    char witness[COOKIE_NAME_SHOWN];
    const char *plain = name + strlen(PREFIX);

    if (credentials->https)
        reason_set(why,
            "the request came over HTTPS, where the cookie %s does not count, because others can "
            "set it too: have the application set %s (useSecureCookies of Auth.js and Better Auth)",
            plain, name);
    else
        reason_set(why,
            "the cookie %s does not count beside one whose name begins with " PREFIX " (%s), "
            "which is a sign of HTTPS. If the site has HTTPS, have the application set %s "
            "(useSecureCookies of Auth.js and Better Auth); on a host that others share, as other "
            "ports of localhost do, delete the cookies that they have left",
            plain, cookie_name_of(credentials->cookie, PREFIX, witness), name);
}

static void explain_names(const struct cookie_names *names, struct reason *why)
{
    reason_set(why,
        "the request carries no cookie %s%s%s: is the visitor signed in, does the cookie's path "
        "cover this address, and is that its name?",
        names->items[0], names->items[1] ? " or " : "", names->items[1] ? names->items[1] : "");
}

void cookie_names_explain_absence(
    const struct cookie_names *names, const struct credentials *credentials, struct reason *why)
{
    explain_names(names, why);
    for (const char *const *name = names->items; *name; name++)
        if (begins_with(*name, PREFIX) &&
            cookie_has_prefix(credentials->cookie, *name + strlen(PREFIX)))
            explain_prefix(credentials, *name, why);
}
