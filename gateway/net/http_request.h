/*
 * upgrade: the HTTP request that a WebSocket begins with (RFC 6455, section
 * 4.2.1; RFC 9112), read strictly.
 *
 * Octets are gathered until the empty line, within bounds on the request line
 * (8 KiB, 414) and on all of it (16 KiB or 100 fields, 431); then the lines are
 * looked over for what lenient parsers take (bare LF, folded lines, space
 * before the colon, NUL, two Hosts, a body), and only then parsed. An upgrade
 * exists only until its answer is written: an idle connection has none.
 *
 * What was read is lent: pointers live as long as the upgrade.
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_REQUEST_H
#define BELFRY_GATEWAY_NET_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct http_request;

enum http_field {
    HTTP_FIELD_HOST,
    HTTP_FIELD_ORIGIN,
    HTTP_FIELD_AUTHORIZATION,
    HTTP_FIELD_PROTOCOL,        /* Sec-WebSocket-Protocol, all of them joined by ", " */
    HTTP_FIELD_FORWARDED_FOR,   /* X-Forwarded-For, joined likewise */
    HTTP_FIELD_FORWARDED_HOST,  /* X-Forwarded-Host */
    HTTP_FIELD_FORWARDED_PROTO, /* X-Forwarded-Proto */
    HTTP_FIELD_USER_AGENT,
    HTTP_FIELD_KEY, /* Sec-WebSocket-Key */
    HTTP_FIELDS
};

enum http_progress {
    HTTP_REQUEST_MORE,    /* octets wanted */
    HTTP_REQUEST_UPGRADE, /* a WebSocket upgrade; http_request_rest has what came behind it */
    HTTP_REQUEST_PLAIN,   /* a sound GET or HEAD without upgrade: 426, or what the path deserves */
    HTTP_REQUEST_REFUSED  /* http_request_refusal says with what */
};

struct http_refusal {
    int status;         /* HTTP status code */
    const char *reason; /* a short sentence for the JSON body: static */
};

struct http_request *http_request_new(void);
void http_request_free(struct http_request *request);

enum http_progress http_request_feed(struct http_request *request, const void *octets, size_t len);

/* Of a whole request: whether it asks for a WebSocket, and whether it is a HEAD. */
bool http_request_is_websocket(const struct http_request *request);
bool http_request_is_head(const struct http_request *request);

struct http_refusal http_request_refusal(const struct http_request *request);
/* Path, percent-decoding not done, and query without "?" ("" where there is none). */
const char *http_request_path(const struct http_request *request);
const char *http_request_query(const struct http_request *request);
/* A field's value without white space around it, or NULL. */
const char *http_request_field(const struct http_request *request, enum http_field field);
/* A parameter of the query, percent-decoded once, into `out`; NULL where absent, broken or too
 * long. */
const char *http_request_parameter(
    const struct http_request *request, const char *name, char *out, size_t size);
/* Octets behind the request: the client's first frames. */
const void *http_request_rest(const struct http_request *request, size_t *len);

/* The 101 with Sec-WebSocket-Accept, and Sec-WebSocket-Protocol where `protocol` is not NULL. */
void http_answer_upgrade(const struct http_request *request, const char *protocol, struct buf *out);

/* Any other answer; the connection ends with it. */
struct http_answer {
    int status;         /* 405, 426, 429 and 503 get the fields that HTTP wants with them */
    const char *type;   /* Content-Type; NULL: application/json */
    const char *fields; /* "Name: value\r\n"…, which go before those of the status, or NULL */
    const char *body;
    bool head_only; /* for HEAD: the body's length, not the body */
};
void http_answer_write(const struct http_answer *answer, struct buf *out);

#endif
