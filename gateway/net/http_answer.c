#include "gateway/net/http_answer.h"

#include <http_parser.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, section 1.3 */

/* Fields that HTTP requires with a status, unless the caller gives them. */
static const struct {
    int status;
    const char *name;
    const char *value;
} wanted[] = {
    {405, "Allow", "GET"},
    {426, "Upgrade", "websocket"},
    {426, "Sec-WebSocket-Version", "13"},
    {429, "Retry-After", "10"},
    {503, "Retry-After", "5"},
};

void http_answer_upgrade(const char *key, const char *protocol, struct buf *out)
{
    char text[128];
    unsigned char digest[SHA_DIGEST_LENGTH];
    unsigned char accept[4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1];
    int len = snprintf(text, sizeof(text), "%s" ACCEPT_GUID, key);

    SHA1((const unsigned char *)text, (size_t)len, digest);
    EVP_EncodeBlock(accept, digest, sizeof(digest));
    buf_addf(out,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n",
        (const char *)accept);
    if (protocol)
        buf_addf(out, "Sec-WebSocket-Protocol: %s\r\n", protocol);
    buf_add_text(out, "\r\n");
}

/* Whether `fields` has a line of that name. */
static bool has_field(const char *fields, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = fields; line && *line != '\0';) {
        if (strncasecmp(line, name, len) == 0 && line[len] == ':')
            return true;
        line = strchr(line, '\n');
        line = !line ? NULL : line + 1;
    }
    return false;
}

static void write_wanted(const struct http_answer *answer, struct buf *out)
{
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (wanted[i].status == answer->status && !has_field(answer->fields, wanted[i].name))
            buf_addf(out, "%s: %s\r\n", wanted[i].name, wanted[i].value);
    }
}

/* A 204 has neither body nor length (RFC 9110, section 8.6). */
void http_answer_write(
    const struct http_answer *answer, const char *more, enum http_extent extent, struct buf *out)
{
    const char *body = answer->body ? answer->body : "";

    buf_addf(out, "HTTP/1.1 %d %s\r\n", answer->status,
        http_status_str((enum http_status)answer->status));
    if (answer->status != 204)
        buf_addf(out, "Content-Type: %s\r\n", answer->type ? answer->type : "application/json");
    if (answer->status != 204 && extent != HTTP_BODY_PIECES)
        buf_addf(out, "Content-Length: %zu\r\n", strlen(body));
    buf_add_text(out, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n");
    if (answer->close || extent == HTTP_BODY_PIECES)
        buf_add_text(out, "Connection: close\r\n");
    write_wanted(answer, out);
    buf_add_text(out, answer->fields ? answer->fields : "");
    buf_add_text(out, more ? more : "");
    buf_add_text(out, "\r\n");
    if (extent == HTTP_BODY_WHOLE)
        buf_add_text(out, body);
}
