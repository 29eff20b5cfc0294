/*
 * response: every answer that the token endpoint can give.
 *
 * The kinds are one table of status and body. Whatever the answer, the headers
 * say that it is JSON, for this visitor alone, and not to be kept.
 */
#ifndef BELFRY_AUTH_RESPONSE_H
#define BELFRY_AUTH_RESPONSE_H

#include <stdbool.h>

#include "common/buf.h"

enum response_kind {
    RESPONSE_TOKEN,             /* 200 */
    RESPONSE_PREFLIGHT,         /* 204 */
    RESPONSE_BAD_REQUEST,       /* 400 */
    RESPONSE_UNAUTHORIZED,      /* 401 */
    RESPONSE_FOREIGN_ORIGIN,    /* 403 */
    RESPONSE_BAD_METHOD,        /* 405 */
    RESPONSE_TOO_LARGE,         /* 413 */
    RESPONSE_HEADERS_TOO_LARGE, /* 431 */
    RESPONSE_MISCONFIGURED,     /* 500 */
    RESPONSE_UNAVAILABLE        /* 503 */
};

/* Octets of an answer: a token, what JSON escapes in a user id, and the headers. */
#define RESPONSE_MAX 32768

struct response {
    enum response_kind kind;
    bool head;              /* a HEAD request: everything but the body */
    const char *origin;     /* a listed origin, which earns the headers of CORS, or NULL */
    const struct buf *body; /* of RESPONSE_TOKEN; the others' are fixed */
};

int response_status(enum response_kind kind);
/* The kind of a refusal by status (400, 413, 431). */
enum response_kind response_kind_of(int status);

/* Appends the answer as CGI and FastCGI have it (RFC 3875, section 6.3): "Status:", headers, body.
 */
void response_write(const struct response *response, struct buf *out);

#endif
