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
