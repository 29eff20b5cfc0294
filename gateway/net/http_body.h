/*
 * http_body: reads the body of a request, of known length or in chunks (RFC
 * 9112, sections 6 and 7).
 *
 * It is bounded as a whole; nothing is allocated for bytes that have not come.
 * Chunks are read as strictly as a head is, their extensions and trailer fields
 * skipped within bounds.
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_BODY_H
#define BELFRY_GATEWAY_NET_HTTP_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "gateway/net/head.h"
#include "gateway/net/http_request.h"

enum http_body_part {
    BODY_DATA, /* of a body of known length, or of a chunk */
    BODY_SIZE, /* of a chunk */
    BODY_EXTENSION,
    BODY_SIZE_END, /* CR came */
    BODY_DATA_END, /* CR LF is due after a chunk */
    BODY_TRAILER
};

struct http_body {
    struct buf bytes;
    size_t max;
    bool is_chunked;
    enum http_body_part part;
    uint64_t left;       /* of the body, or of the chunk */
    size_t line;         /* bytes so far of the chunk's first line, or of the CR LF after it */
    struct head trailer; /* read as a head's fields are */
    struct http_refusal refusal;
};

/* Begins to read the body of a request whose head is complete. HTTP_WHOLE if it has none,
 * HTTP_REFUSED if it is declared larger than `max`. */
enum http_progress http_body_init(
    struct http_body *body, const struct http_request *request, size_t max);
void http_body_release(struct http_body *body);

/* Sets *taken to how many bytes belong to the body. */
enum http_progress http_body_feed(
    struct http_body *body, const void *bytes, size_t len, size_t *taken);

#endif
