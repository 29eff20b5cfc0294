#include "fcgi/response.h"

#include <stddef.h>
#include <string.h>

/* RFC 9110, section 15; RFC 6585. */
static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {204, "No Content"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

static const char *phrase_of(int status)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

void response_begin(struct buf *out, int status)
{
    buf_add_text(out, "Status: ");
    buf_add_number(out, status);
    buf_add_char(out, ' ');
    buf_add_text(out, phrase_of(status));
    buf_add_text(out, "\r\n"
                      "Content-Type: application/json\r\n"
                      "Cache-Control: private, no-store\r\n"
                      "X-Content-Type-Options: nosniff\r\n");
}

void response_end(struct buf *out, const char *body, bool head)
{
    size_t len = body ? strlen(body) : 0;

    if (body) {
        buf_add_text(out, "Content-Length: ");
        buf_add_number(out, (int64_t)len);
        buf_add_text(out, "\r\n");
    }
    buf_add_text(out, "\r\n");
    if (!head)
        buf_add(out, body, len);
}
