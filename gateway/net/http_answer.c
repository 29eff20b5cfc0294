/* The answers to an upgrade request, and what its query says: declared in upgrade.h. */
#include <http_parser.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

#include "common/text.h"
#include "gateway/net/http_request.h"

#define ACCEPT_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, section 1.3 */

/* Fields that HTTP wants with a status, unless the caller gives them. */
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

void http_answer_upgrade(const struct http_request *request, const char *protocol, struct buf *out)
{
    char text[128];
    unsigned char digest[SHA_DIGEST_LENGTH];
    unsigned char accept[4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1];
    int len =
        snprintf(text, sizeof(text), "%s" ACCEPT_GUID, http_request_field(request, HTTP_FIELD_KEY));

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
static bool names(const char *fields, const char *name)
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

void http_answer_write(const struct http_answer *answer, struct buf *out)
{
    buf_addf(out,
        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n",
        answer->status, http_status_str((enum http_status)answer->status),
        answer->type ? answer->type : "application/json", strlen(answer->body));
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (wanted[i].status == answer->status && !names(answer->fields, wanted[i].name))
            buf_addf(out, "%s: %s\r\n", wanted[i].name, wanted[i].value);
    }
    buf_add_text(out, !answer->fields ? "" : answer->fields);
    buf_add_text(out, "\r\n");
    buf_add_text(out, answer->head_only ? "" : answer->body);
}

/* The octet at `*text`, decoded, and `*text` moved behind it; -1 where it is broken or NUL. */
static int decode(const char **text, const char *end)
{
    const char *at = *text;

    if (*at != '%') {
        *text = at + 1;
        return (unsigned char)*at;
    }
    if (end - at < 3)
        return -1;
    int high = text_hex_digit(at[1]), low = text_hex_digit(at[2]);
    *text = at + 3;
    return high < 0 || low < 0 || high + low == 0 ? -1 : high * 16 + low;
}

static char *decode_all(const char *text, const char *end, char *out, size_t size)
{
    size_t len = 0;

    while (text < end) {
        int octet = decode(&text, end);

        if (octet < 0 || len + 1 >= size)
            return NULL;
        out[len++] = (char)octet;
    }
    if (len >= size)
        return NULL;
    out[len] = '\0';
    return out;
}

const char *http_request_parameter(
    const struct http_request *request, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name);
    const char *at = http_request_query(request);

    while (*at != '\0') {
        const char *end = at + strcspn(at, "&");
        if (strncmp(at, name, name_len) == 0 && at[name_len] == '=')
            return decode_all(at + name_len + 1, end, out, size);
        at = *end == '&' ? end + 1 : end;
    }
    return NULL;
}
