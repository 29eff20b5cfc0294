/*
 * auth_response: every answer that the token endpoint can give, as one table.
 */
#ifndef BELFRY_AUTH_AUTH_RESPONSE_H
#define BELFRY_AUTH_AUTH_RESPONSE_H

#include <stdbool.h>

#include "common/buf.h"

enum auth_response_kind {
    AUTH_TOKEN,             /* 200 */
    AUTH_PREFLIGHT,         /* 204 */
    AUTH_BAD_REQUEST,       /* 400 */
    AUTH_UNAUTHORIZED,      /* 401 */
    AUTH_FOREIGN_ORIGIN,    /* 403 */
    AUTH_BAD_METHOD,        /* 405 */
    AUTH_TOO_LARGE,         /* 413 */
    AUTH_HEADERS_TOO_LARGE, /* 431 */
    AUTH_MISCONFIGURED,     /* 500 */
    AUTH_UNAVAILABLE        /* 503 */
};

/* Bytes of an answer: a token twice, a user id as JSON escapes it, and the headers. */
#define AUTH_RESPONSE_MAX 49152

struct auth_response {
    enum auth_response_kind kind;
    bool head;                /* to a HEAD request: everything but the body */
    const char *origin;       /* one of allowed_origins, which gets the headers of CORS, or NULL */
    const struct buf *cookie; /* a header field for AUTH_TOKEN, with its CR LF; may be empty */
    const struct buf *body;   /* of AUTH_TOKEN; the bodies of the others are fixed */
};

/* The kind of a refusal with this status. */
enum auth_response_kind auth_response_kind_of(int status);

void auth_response_write(const struct auth_response *response, struct buf *out);

#endif
