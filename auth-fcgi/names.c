#include "auth-fcgi/names.h"

#include <string.h>

#include "auth-fcgi/cookie.h"

#define PREFIX "__Secure-"

static bool is_secure(const struct request *request)
{
    return request->https || cookie_has_prefix(request->cookie, PREFIX);
}

/* `session_cookie` belongs to `session_query` where there is one. */
struct names names_of_authjs(const struct request *request, const struct config *config)
{
    if (*config->auth.session_cookie && !*config->auth.session_query)
        return (struct names){{config->auth.session_cookie}};
    if (is_secure(request))
        return (struct names){
            {"__Secure-authjs.session-token", "__Secure-next-auth.session-token"}};
    return (struct names){{"authjs.session-token", "next-auth.session-token"}};
}

struct names names_of_better_auth(const struct request *request)
{
    if (is_secure(request))
        return (struct names){{PREFIX "better-auth.session_token"}};
    return (struct names){{"better-auth.session_token"}};
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool is_of_one_user(const struct session *a, const struct session *b)
{
    return a->user_id || b->user_id ? is_same(a->user_id, b->user_id) : is_same(a->email, b->email);
}

/* Another session beside the one that was found. */
static enum session_verdict second_judge(const struct names *names, const struct session *first,
    const struct session *second, struct reason *why)
{
    if (is_of_one_user(first, second))
        return SESSION_FOUND;
    reason_set(why,
        "the cookies %s and %s are sessions of two users, and nobody can tell which one is meant: "
        "the visitor may delete the cookies of this site",
        names->items[0], names->items[1]);
    return SESSION_REFUSED;
}

enum session_verdict names_find(const struct names *names, const struct request *request,
    names_judge *judge, void *source, struct session *session, struct reason *why)
{
    enum session_verdict verdict = SESSION_ABSENT;
    struct session other;
    session_init(&other);
    for (const char *const *name = names->items; *name && verdict < SESSION_UNAVAILABLE; name++) {
        bool found = verdict == SESSION_FOUND;
        enum session_verdict one = judge(source, request, *name, found ? &other : session, why);
        if (found && one == SESSION_FOUND)
            verdict = second_judge(names, session, &other, why);
        else if (one >= SESSION_UNAVAILABLE || (one != SESSION_ABSENT && !found))
            verdict = one;
    }
    session_release(&other);
    return verdict;
}

void names_explain_absence(
    const struct names *names, const struct request *request, struct reason *why)
{
    const size_t prefix = strlen(PREFIX);
    for (const char *const *name = names->items; *name; name++)
        if (strncmp(*name, PREFIX, prefix) == 0 &&
            cookie_has_prefix(request->cookie, *name + prefix))
            reason_set(why,
                "the request came over HTTPS, where the cookie %s does not count, since others can "
                "set it too: have the application set %s (Auth.js: useSecureCookies)",
                *name + prefix, *name);
}
