#include "gateway/net/http_body.h"

#include "common/text.h"

/* The most bytes of a chunk's first line: its size and extensions. */
#define CHUNK_LINE_MAX 256

static enum http_progress body_refuse(struct http_body *body, int status, const char *reason)
{
    body->refusal = (struct http_refusal){status, reason};
    return HTTP_REFUSED;
}

static enum http_progress refuse_size(struct http_body *body)
{
    return body_refuse(body, 413, "Body too large");
}

static enum http_progress refuse_chunk(struct http_body *body)
{
    return body_refuse(body, 400, "Malformed chunk");
}

enum http_progress http_body_init(
    struct http_body *body, const struct http_request *request, size_t max)
{
    *body = (struct http_body){.max = max, .is_chunked = http_request_is_chunked(request)};
    buf_init(&body->bytes, max);
    body->part = body->is_chunked ? BODY_SIZE : BODY_DATA;
    body->left = http_request_length(request);
    if (body->left > max)
        return refuse_size(body);
    return http_request_has_body(request) ? HTTP_MORE : HTTP_WHOLE;
}

void http_body_release(struct http_body *body)
{
    buf_wipe(&body->bytes);
}

static enum http_progress in_size(struct http_body *body, unsigned char byte)
{
    int digit = text_hex_digit((char)byte);

    if (digit >= 0) {
        body->left = body->left * 16 + (uint64_t)digit;
        return body->left > body->max - body->bytes.len ? refuse_size(body) : HTTP_MORE;
    }
    if (body->line == 1 || (byte != '\r' && byte != ';'))
        return refuse_chunk(body);
    body->part = byte == '\r' ? BODY_SIZE_END : BODY_EXTENSION;
    return HTTP_MORE;
}

static enum http_progress in_extension(struct http_body *body, unsigned char byte)
{
    if (byte == '\r')
        body->part = BODY_SIZE_END;
    else if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
        return refuse_chunk(body);
    return HTTP_MORE;
}

static enum http_progress end_of_size(struct http_body *body, unsigned char byte)
{
    if (byte != '\n')
        return refuse_chunk(body);
    body->part = body->left > 0 ? BODY_DATA : BODY_TRAILER;
    body->trailer = (struct head){.part = HEAD_LINE_START};
    body->line = 0;
    return HTTP_MORE;
}

static enum http_progress end_of_data(struct http_body *body, unsigned char byte)
{
    if (byte != "\r\n"[body->line++])
        return refuse_chunk(body);
    if (byte == '\n') {
        body->part = BODY_SIZE;
        body->line = 0;
    }
    return HTTP_MORE;
}

static enum http_progress in_trailer(struct http_body *body, unsigned char byte)
{
    switch (head_take(&body->trailer, byte, &body->refusal)) {
    case HEAD_WHOLE:
        return HTTP_WHOLE;
    case HEAD_REFUSED:
        return HTTP_REFUSED;
    case HEAD_MORE:
        break;
    }
    return HTTP_MORE;
}

/* Takes a byte that is not data. */
static enum http_progress take_byte(struct http_body *body, unsigned char byte)
{
    if (body->part <= BODY_EXTENSION && ++body->line > CHUNK_LINE_MAX)
        return refuse_chunk(body);
    switch (body->part) {
    case BODY_SIZE:
        return in_size(body, byte);
    case BODY_EXTENSION:
        return in_extension(body, byte);
    case BODY_SIZE_END:
        return end_of_size(body, byte);
    case BODY_DATA_END:
        return end_of_data(body, byte);
    case BODY_DATA:
    case BODY_TRAILER:
        break;
    }
    return in_trailer(body, byte);
}

static size_t take_data(struct http_body *body, const unsigned char *bytes, size_t len)
{
    if (len > body->left)
        len = (size_t)body->left;
    buf_add(&body->bytes, bytes, len);
    body->left -= len;
    if (body->left == 0 && body->is_chunked)
        body->part = BODY_DATA_END;
    return len;
}

enum http_progress http_body_feed(
    struct http_body *body, const void *bytes, size_t len, size_t *taken)
{
    const unsigned char *at = bytes;
    enum http_progress progress = HTTP_MORE;

    *taken = 0;
    while (*taken < len && progress == HTTP_MORE) {
        if (body->part != BODY_DATA)
            progress = take_byte(body, at[(*taken)++]);
        else
            *taken += take_data(body, at + *taken, len - *taken);
        if (body->left == 0 && !body->is_chunked)
            progress = HTTP_WHOLE;
    }
    return progress;
}
