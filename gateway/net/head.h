/*
 * head: looks at a request's head octet by octet, before any parser does
 * (RFC 9112, sections 2.2, 3 and 5).
 *
 * Lenient parsers take a bare LF, folded lines, a space before the colon; a
 * proxy in front may read the same octets differently, which is how requests
 * are smuggled. Here they are refused as soon as they come, and so is what
 * passes a bound, so that nothing waits for an end that never comes.
 */
#ifndef BELFRY_GATEWAY_NET_HEAD_H
#define BELFRY_GATEWAY_NET_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#define HEAD_MAX_OCTETS 16384
#define HEAD_MAX_LINE 8192 /* of the request line */
#define HEAD_MAX_FIELDS 100

/* Why a request is not taken. */
struct http_refusal {
    int status;         /* HTTP status code */
    const char *reason; /* a short sentence for the JSON body: static */
};

enum head_part { HEAD_LEADING, HEAD_REQUEST_LINE, HEAD_LINE_START, HEAD_NAME, HEAD_VALUE };

/* Zeroed: nothing seen yet. */
struct head {
    enum head_part part;
    bool cr;       /* the octet before was CR */
    size_t octets; /* in all, leading empty lines included */
    size_t line;   /* in the line so far */
    size_t fields;
};

enum head_progress { HEAD_MORE, HEAD_WHOLE, HEAD_REFUSED };

/* The next octet. After anything but HEAD_MORE the head is done with. */
enum head_progress head_octet(struct head *head, unsigned char octet, struct http_refusal *refusal);

#endif
