/*
 * http_client: one HTTP/1.1 request on a connection of its own, plain or TLS.
 *
 * Redirects are not followed, cookies not kept. An answer that upgrades the
 * connection (101) is taken with its transport, for whoever speaks on.
 */
#ifndef BELFRY_ADMIN_HTTP_CLIENT_H
#define BELFRY_ADMIN_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "admin/transport.h"
#include "admin/wire.h"
#include "common/buf.h"
#include "common/reason.h"

struct http_ask {
    const char *method; /* NULL: GET */
    const char *fields; /* "Name: value\r\n"…, besides Host and Connection; NULL: none */
    int64_t ms;         /* for all of it */
    size_t body_max;    /* bytes of the answer's body; 0: 64 KiB */
};

struct http_reply {
    int status;
    struct buf body;             /* of a 101: what came behind its head */
    struct buf fields;           /* of the head, for http_reply_field */
    struct transport *transport; /* of a 101, to be closed by http_reply_release; else NULL */
};

/* Asks for the target's path. Returns the status, or -1 with the reason; in both cases the reply
 * has to be released. */
int http_client_ask(const struct wire_target *target, const struct http_ask *ask,
    struct http_reply *reply, struct reason *why);
/* The value of the first field with this name, or NULL. */
const char *http_reply_field(const struct http_reply *reply, const char *name);
void http_reply_release(struct http_reply *reply);

#endif
