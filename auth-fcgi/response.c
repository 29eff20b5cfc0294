#include "auth-fcgi/response.h"

#include <stddef.h>
#include <string.h>

#define METHODS "GET, HEAD, POST, OPTIONS"

static const struct {
    int status;
    const char *phrase;
    const char *body;
    const char *headers;
} kinds[] = {
    [RESPONSE_TOKEN] = {200, "OK", NULL, ""},
    [RESPONSE_PREFLIGHT] = {204, "No Content", "", "Allow: " METHODS "\r\n"},
    [RESPONSE_BAD_REQUEST] = {400, "Bad Request", "{\"error\":\"Bad request\"}", ""},
    [RESPONSE_UNAUTHORIZED] = {401, "Unauthorized", "{\"error\":\"Unauthorized\"}", ""},
    [RESPONSE_FOREIGN_ORIGIN] = {403, "Forbidden", "{\"error\":\"Origin not allowed\"}", ""},
    [RESPONSE_BAD_METHOD] = {405, "Method Not Allowed", "{\"error\":\"Method not allowed\"}",
        "Allow: " METHODS "\r\n"},
    [RESPONSE_TOO_LARGE] = {413, "Content Too Large", "{\"error\":\"Body too large\"}", ""},
    [RESPONSE_HEADERS_TOO_LARGE] = {431, "Request Header Fields Too Large",
        "{\"error\":\"Header fields too large\"}", ""},
    [RESPONSE_MISCONFIGURED] = {500, "Internal Server Error",
        "{\"error\":\"Server configuration error\"}", ""},
    [RESPONSE_UNAVAILABLE] = {503, "Service Unavailable",
        "{\"error\":\"Session store unavailable\"}", "Retry-After: 2\r\n"},
};

int response_status(enum response_kind kind)
{
    return kinds[kind].status;
}

enum response_kind response_kind_of(int status)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (kinds[i].status == status)
            return (enum response_kind)i;
    return RESPONSE_BAD_REQUEST;
}

static void add_cors(const struct response *response, struct buf *out)
{
    buf_addf(out,
        "Access-Control-Allow-Origin: %s\r\n"
        "Access-Control-Allow-Credentials: true\r\n"
        "Vary: Origin\r\n",
        response->origin);
    if (response->kind == RESPONSE_PREFLIGHT)
        buf_add_text(out, "Access-Control-Allow-Methods: GET, HEAD, POST\r\n"
                          "Access-Control-Allow-Headers: Authorization, Content-Type\r\n"
                          "Access-Control-Max-Age: 600\r\n");
}

void response_write(const struct response *response, struct buf *out)
{
    const char *body = kinds[response->kind].body;

    if (!body)
        body = response->body->data;
    buf_addf(out,
        "Status: %d %s\r\n"
        "Content-Type: application/json\r\n"
        "Cache-Control: private, no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "%s",
        kinds[response->kind].status, kinds[response->kind].phrase, kinds[response->kind].headers);
    if (response->origin)
        add_cors(response, out);
    if (response->kind != RESPONSE_PREFLIGHT)
        buf_addf(out, "Content-Length: %zu\r\n", strlen(body));
    buf_add_text(out, "\r\n");
    if (!response->head)
        buf_add_text(out, body);
}
