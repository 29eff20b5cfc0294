#include "auth-fcgi/auth_response.h"

#include <stddef.h>

#include "fcgi/response.h"

#define ALLOW "Allow: GET, HEAD, POST, OPTIONS\r\n"

static const struct {
    int status;
    const char *body;
    const char *headers;
} kinds[] = {
    [AUTH_TOKEN] = {200, NULL, ""},
    [AUTH_PREFLIGHT] = {204, NULL, ALLOW},
    [AUTH_BAD_REQUEST] = {400, "{\"error\":\"Bad request\"}", ""},
    [AUTH_UNAUTHORIZED] = {401, "{\"error\":\"Unauthorized\"}", ""},
    [AUTH_FOREIGN_ORIGIN] = {403, "{\"error\":\"Origin not allowed\"}", ""},
    [AUTH_BAD_METHOD] = {405, "{\"error\":\"Method not allowed\"}", ALLOW},
    [AUTH_TOO_LARGE] = {413, "{\"error\":\"Body too large\"}", ""},
    [AUTH_HEADERS_TOO_LARGE] = {431, "{\"error\":\"Header fields too large\"}", ""},
    [AUTH_MISCONFIGURED] = {500, "{\"error\":\"Server configuration error\"}", ""},
    [AUTH_UNAVAILABLE] = {503, "{\"error\":\"Session store unavailable\"}", "Retry-After: 2\r\n"},
};

enum auth_response_kind auth_response_kind_of(int status)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].status == status)
            return (enum auth_response_kind)i;
    return AUTH_BAD_REQUEST;
}

static void add_cors(const struct auth_response *response, struct buf *out)
{
    buf_addf(out,
        "Access-Control-Allow-Origin: %s\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Vary: Origin\r\n",
        response->origin);
    if (response->kind == AUTH_PREFLIGHT)
        buf_add_text(out, "Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
                          "Access-Control-Allow-Headers: Authorization, Content-Type\r\n"
                          "Access-Control-Max-Age: 600\r\n");
}

void auth_response_write(const struct auth_response *response, struct buf *out)
{
    bool has_token = response->kind == AUTH_TOKEN;

    response_begin(out, kinds[response->kind].status);
    buf_add_text(out, kinds[response->kind].headers);
    if (has_token)
        buf_add(out, response->cookie->data, response->cookie->len);
    if (response->origin)
        add_cors(response, out);
    response_end(
        out, has_token ? response->body->data : kinds[response->kind].body, response->head);
}
