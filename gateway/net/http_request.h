/*
 * http_request: reads the head of one HTTP request (RFC 9112), strictly.
 *
 * Bytes are gathered until the empty line, within bounds on the request line
 * (8 KiB, 414) and on all of it (16 KiB or 100 fields, 431). What lenient
 * parsers take is refused as it comes (head.h); then the head is parsed, and
 * what must hold of any request is checked: one Host, a body whose length is
 * known without doubt, and, where it asks for a WebSocket, what RFC 6455
 * (section 4.2.1) wants of that. What the method means is its owner's to say.
 *
 * What was read is lent: pointers live as long as the request.
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_REQUEST_H
#define BELFRY_GATEWAY_NET_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/net/head.h"

struct http_request;

/* Header fields that somebody asks for: a further one is a line here, and one in http_request.c. */
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

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OPTIONS, METHOD_OTHER };

enum http_progress {
    HTTP_MORE,   /* bytes wanted */
    HTTP_WHOLE,  /* nothing more is */
    HTTP_REFUSED /* the refusal says with what */
};

struct http_request *http_request_new(void);
void http_request_free(struct http_request *request);

/* Says in `taken` how many bytes belong to the head: what is behind them is the body, or what comes
 * next. */
enum http_progress http_request_feed(
    struct http_request *request, const void *bytes, size_t len, size_t *taken);
struct http_refusal http_request_refusal(const struct http_request *request);
/* Whether any of it has come. */
bool http_request_begun(const struct http_request *request);

/* Of a whole head: */
enum request_method http_request_method(const struct http_request *request);
/* HTTP/1.0: the connection ends with the answer, and may not become a WebSocket. */
bool http_request_is_old(const struct http_request *request);
/* Whether it asks for a WebSocket, as RFC 6455 wants it. */
bool http_request_is_websocket(const struct http_request *request);
/* Whether the connection may stay for a next request. */
bool http_request_keeps_alive(const struct http_request *request);
/* Whether the client waits for "100 Continue" before it sends the body. */
bool http_request_expects_continue(const struct http_request *request);
bool http_request_is_chunked(const struct http_request *request);
/* Content-Length; 0 without one, UINT64_MAX for what passes it. */
uint64_t http_request_length(const struct http_request *request);
bool http_request_has_body(const struct http_request *request);

/* Path, percent-decoding not done, and query without "?" ("" where there is none). */
const char *http_request_path(const struct http_request *request);
const char *http_request_query(const struct http_request *request);
/* A field's value without white space around it, or NULL. */
const char *http_request_field(const struct http_request *request, enum http_field field);
/* A parameter of the query, percent-decoded once, into `out`; NULL where absent, broken or too
 * long. */
const char *http_request_parameter(
    const struct http_request *request, const char *name, char *out, size_t size);

#endif
