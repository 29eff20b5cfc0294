#include "auth-fcgi/names.h"

#include "auth-fcgi/cookie.h"

static bool is_secure(const struct request *request)
{
    return request->https || cookie_has_prefix(request->cookie, "__Secure-");
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
        return (struct names){{"__Secure-better-auth.session_token"}};
    return (struct names){{"better-auth.session_token"}};
}
