#include "gateway/framing/polling_body.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/memory.h"
#include "common/text.h"

#define SEPARATOR '\x1e'
#define BINARY 'b'
#define BASE64_LENGTH(bytes) (4 * (((bytes) + 2) / 3))

/* ---- reading ---- */

void polling_body_init(struct polling_body *body, const void *text, size_t len)
{
    body->text = text ? text : "";
    body->len = len;
    buf_init(&body->binary, len);
    body->kept = NULL;
}

void polling_body_release(struct polling_body *body)
{
    buf_release(&body->binary);
    free(body->kept);
    body->kept = NULL;
}

void polling_body_keep(struct polling_body *body)
{
    if (!body->text || body->kept)
        return;
    body->kept = mem_alloc(body->len + 1);
    memcpy(body->kept, body->text, body->len);
    body->text = body->kept;
}

void polling_body_append(struct polling_body *body, const void *text, size_t len)
{
    struct buf both;

    buf_init(&both, SIZE_MAX);
    if (body->text) {
        buf_add(&both, body->text, body->len);
        buf_add_char(&both, SEPARATOR);
    }
    buf_add(&both, text ? text : "", len);
    polling_body_release(body);
    polling_body_init(body, both.data, both.len);
    polling_body_keep(body);
    buf_release(&both);
}

/* The same characters in the alphabet of base64url, without padding: NULL if it is not base64. */
static char *as_base64url(const char *text, size_t *len)
{
    size_t padded = *len;
    char *copy;

    while (*len > 0 && padded - *len < 2 && text[*len - 1] == '=')
        (*len)--;
    if (memchr(text, '-', *len) || memchr(text, '_', *len) || (*len < padded && padded % 4 != 0))
        return NULL;
    copy = mem_alloc(*len + 1);
    memcpy(copy, text, *len);
    for (size_t i = 0; i < *len; i++)
        copy[i] = copy[i] == '+' ? '-' : copy[i] == '/' ? '_' : copy[i];
    return copy;
}

static bool decode_binary(struct buf *out, const char *text, size_t len)
{
    char *copy = as_base64url(text, &len);
    char *bytes = mem_alloc(BASE64URL_OCTETS(len) + 1);
    size_t count;
    bool valid = copy && base64url_decode(copy, len, bytes, &count);

    buf_clear(out);
    if (valid)
        buf_add(out, bytes, count);
    free(bytes);
    free(copy);
    return valid;
}

enum polling_packet_result polling_body_next(
    struct polling_body *body, struct polling_packet *packet)
{
    const char *text = body->text, *end;
    size_t len = body->len;

    if (!text)
        return POLLING_END;
    end = memchr(text, SEPARATOR, len);
    if (end)
        len = (size_t)(end - text);
    body->text = end ? end + 1 : NULL;
    body->len = end ? body->len - len - 1 : 0;
    if (len == 0)
        return POLLING_BROKEN;
    *packet = (struct polling_packet){FRAME_TEXT, text, len};
    if (*text != BINARY)
        return text_is_utf8(text, len) ? POLLING_PACKET : POLLING_BROKEN;
    if (!decode_binary(&body->binary, text + 1, len - 1))
        return POLLING_BROKEN;
    *packet = (struct polling_packet){
        FRAME_BINARY, body->binary.data ? body->binary.data : "", body->binary.len};
    return POLLING_PACKET;
}

/* ---- writing ---- */

static void add_base64(struct buf *out, const void *bytes, size_t len)
{
    unsigned char *text = mem_alloc(BASE64_LENGTH(len) + 1);
    int length = EVP_EncodeBlock(text, bytes, (int)len);

    buf_add(out, text, (size_t)length);
    free(text);
}

void polling_body_add(struct buf *out, const struct frame *frame)
{
    size_t len;
    const void *payload = frame_payload(frame, &len);

    if (out->len > 0)
        buf_add_char(out, SEPARATOR);
    if (frame_kind(frame) != FRAME_BINARY) {
        buf_add(out, payload, len);
        return;
    }
    buf_add_char(out, BINARY);
    add_base64(out, payload, len);
}

size_t polling_body_size(const struct frame *frame)
{
    size_t len;

    (void)frame_payload(frame, &len);
    return 1 + (frame_kind(frame) == FRAME_BINARY ? 1 + BASE64_LENGTH(len) : len);
}
