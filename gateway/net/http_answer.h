/*
 * http_answer: writes an answer to an HTTP request.
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_ANSWER_H
#define BELFRY_GATEWAY_NET_HTTP_ANSWER_H

#include <stdbool.h>

#include "common/buf.h"

/* All text is lent for the call. */
struct http_answer {
    int status;         /* 405, 426, 429 and 503 get the fields that HTTP requires with them */
    const char *type;   /* Content-Type; NULL: application/json */
    const char *fields; /* "Name: value\r\n"…, put before those of the status, or NULL */
    const char *body;   /* NULL: none */
    bool close;         /* the connection ends with it */
};

/* How much of the body is written. */
enum http_extent {
    HTTP_BODY_WHOLE,
    HTTP_BODY_LEFT_OUT, /* for HEAD: only its length is said */
    HTTP_BODY_PIECES    /* it follows, and ends with the connection */
};

/* `more`: fields besides those of the answer, or NULL. */
void http_answer_write(
    const struct http_answer *answer, const char *more, enum http_extent extent, struct buf *out);
/* The 101 with Sec-WebSocket-Accept for `key`, and Sec-WebSocket-Protocol unless `protocol` is
 * NULL. */
void http_answer_upgrade(const char *key, const char *protocol, struct buf *out);

#endif
