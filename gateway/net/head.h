/*
 * head: checks a request's head byte by byte, before any parser sees it
 * (RFC 9112, sections 2.2, 3 and 5).
 *
 * Lenient parsers accept a bare LF, folded lines, a space before the colon; a
 * proxy in front may read the same bytes differently, which is how requests are
 * smuggled. Here all that is refused as soon as it comes, and so is a head that
 * grows too large, so that no request waits for an end that never comes.
 */
#ifndef BELFRY_GATEWAY_NET_HEAD_H
#define BELFRY_GATEWAY_NET_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#define HEAD_MAX_BYTES 16384
#define HEAD_MAX_LINE 8192 /* of the request line */
#define HEAD_MAX_FIELDS 100

/* Why a request is refused. */
struct http_refusal {
    int status;         /* HTTP status code */
    const char *reason; /* a short sentence for the JSON body: static */
};

enum head_part { HEAD_LEADING, HEAD_REQUEST_LINE, HEAD_LINE_START, HEAD_NAME, HEAD_VALUE };

/* Begins zeroed. */
struct head {
    enum head_part part;
    bool cr;      /* the byte before was CR */
    size_t bytes; /* in all, leading empty lines included */
    size_t line;  /* in the line so far */
    size_t fields;
};

enum head_progress { HEAD_MORE, HEAD_WHOLE, HEAD_REFUSED };

/* Takes the next byte. After any result but HEAD_MORE no further byte may be given. */
enum head_progress head_take(struct head *head, unsigned char byte, struct http_refusal *refusal);

#endif
