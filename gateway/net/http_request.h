/*
 * http_request: reads the head of one HTTP request (RFC 9112), strictly.
 *
 * Bytes are gathered until the empty line, within bounds on the request line (8
 * KiB, 414) and on all of it (16 KiB or 100 fields, 431). Input that only
 * lenient parsers accept is refused as it comes (head.h). Then the head is
 * parsed, and the rules for every request are checked: one Host, an unambiguous
 * length of the body, and, for a WebSocket, the requirements of RFC 6455
 * (section 4.2.1). The owner decides about the method.
 *
 * Returned pointers are lent, and live as long as the request.
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_REQUEST_H
#define BELFRY_GATEWAY_NET_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/net/head.h"

struct http_request;

/* The header fields that are kept. A new one needs a line here, and one in http_request.c. */
enum http_field {
    HTTP_FIELD_HOST,
    HTTP_FIELD_ORIGIN,
    HTTP_FIELD_AUTHORIZATION,
    HTTP_FIELD_PROTOCOL,        /* Sec-WebSocket-Protocol, all of them joined by ", " */
    HTTP_FIELD_FORWARDED_FOR,   /* X-Forwarded-For, joined likewise */
    HTTP_FIELD_FORWARDED_HOST,  /* X-Forwarded-Host */
    HTTP_FIELD_FORWARDED_PROTO, /* X-Forwarded-Proto */
    HTTP_FIELD_USER_AGENT,
    HTTP_FIELD_COOKIE, /* all of them joined by "; " */
    HTTP_FIELD_ACCEPT, /* joined by ", " */
    HTTP_FIELD_CONTENT_TYPE,
    HTTP_FIELD_LAST_EVENT_ID,
    HTTP_FIELD_KEY, /* Sec-WebSocket-Key */
    HTTP_FIELDS
};

enum request_method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_OPTIONS, METHOD_OTHER };

enum http_progress {
    HTTP_MORE,   /* more bytes are needed */
    HTTP_WHOLE,  /* it is complete */
    HTTP_REFUSED /* see the refusal */
};

struct http_request *http_request_new(void);
void http_request_free(struct http_request *request);
/* Frees path, query and fields of a whole request: from then on it has no fields, and its path must
 * not be asked for. Method, version and whether it keeps alive stay known. */
void http_request_forget(struct http_request *request);

/* Sets *taken to how many bytes belong to the head: the rest is the body, or whatever comes
 * next. */
enum http_progress http_request_feed(
    struct http_request *request, const void *bytes, size_t len, size_t *taken);
struct http_refusal http_request_refusal(const struct http_request *request);
/* Whether any byte of it has come. */
bool http_request_begun(const struct http_request *request);

/* The following need a complete head. */
enum request_method http_request_method(const struct http_request *request);
/* HTTP/1.0: the connection ends with the answer, and may not become a WebSocket. */
bool http_request_is_old(const struct http_request *request);
/* Whether it asks for a WebSocket, as RFC 6455 requires. */
bool http_request_is_websocket(const struct http_request *request);
/* Whether the connection may stay for a next request. */
bool http_request_keeps_alive(const struct http_request *request);
/* Whether the client waits for "100 Continue" before it sends the body. */
bool http_request_expects_continue(const struct http_request *request);
bool http_request_is_chunked(const struct http_request *request);
/* Content-Length; 0 without one, UINT64_MAX for anything larger. */
uint64_t http_request_length(const struct http_request *request);
bool http_request_has_body(const struct http_request *request);

/* The path, not percent-decoded, and the query without "?" ("" if there is none). */
const char *http_request_path(const struct http_request *request);
const char *http_request_query(const struct http_request *request);
/* A field's value without white space around it, or NULL. */
const char *http_request_field(const struct http_request *request, enum http_field field);
/* A parameter of the query, percent-decoded once, into `out`; NULL if absent, malformed or too
 * long. */
const char *http_request_parameter(
    const struct http_request *request, const char *name, char *out, size_t size);
/* The same of a parameter that may be there several times: 0 is the first. */
const char *http_request_parameter_at(
    const struct http_request *request, const char *name, size_t index, char *out, size_t size);
/* How many of that name there are, well-formed or not. */
size_t http_request_parameter_count(const struct http_request *request, const char *name);

#endif
