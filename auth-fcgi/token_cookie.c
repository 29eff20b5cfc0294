#include "auth-fcgi/token_cookie.h"

#include <inttypes.h>
#include <string.h>

#include "fcgi/params.h"

enum { REQUEST_URI, QUERY_STRING, KNOWN };

static const struct param known[KNOWN] = {
    [REQUEST_URI] = {"REQUEST_URI", false},
    [QUERY_STRING] = {"QUERY_STRING", false},
};

/* Web servers are often configured to pass only one of the two. */
static const char *query_of(const struct cgi_request *request)
{
    const char *values[KNOWN];
    struct reason why;

    if (params_read(known, KNOWN, request->input->parameters, values, &why) < 0)
        return "";
    const char *uri_query = values[REQUEST_URI] ? strchr(values[REQUEST_URI], '?') : NULL;
    if (uri_query)
        return uri_query + 1;
    return values[QUERY_STRING] ? values[QUERY_STRING] : "";
}

static bool names_cookie(const char *parameter)
{
    static const char name[] = "cookie";
    size_t len = strcspn(parameter, "&=");

    return len == sizeof(name) - 1 && memcmp(parameter, name, len) == 0;
}

bool token_cookie_wanted(const struct cgi_request *request)
{
    if (request->method != CGI_POST)
        return false;
    const char *query = query_of(request);
    while (!names_cookie(query)) {
        query += strcspn(query, "&");
        if (*query == '\0')
            return false;
        query++;
    }
    return true;
}

void token_cookie_add(
    struct buf *out, const struct buf *token, const char *path, int64_t lifetime, bool secure)
{
    buf_addf(out,
        "Set-Cookie: " TOKEN_COOKIE_NAME "=%s; Max-Age=%" PRId64
        "; Path=%s; HttpOnly; SameSite=Strict%s\r\n",
        token->data, lifetime, path, secure ? "; Secure" : "");
}
