/*
 * exchange_state: struct exchange, for http.c, which reads the request, and
 * exchange.c, which answers it.
 */
#ifndef BELFRY_GATEWAY_NET_EXCHANGE_STATE_H
#define BELFRY_GATEWAY_NET_EXCHANGE_STATE_H

#include <stddef.h>

#include "gateway/net/exchange_end.h"
#include "gateway/net/http_body.h"

struct connection;
struct exchange_owner;
struct http_request;

enum exchange_phase {
    EXCHANGE_HEAD,   /* the head is not complete */
    EXCHANGE_ASKING, /* server_request is being called */
    EXCHANGE_BODY,   /* the body is not complete */
    EXCHANGE_OWED,   /* an answer is owed */
    EXCHANGE_PIECES, /* … and is being sent in pieces */
    EXCHANGE_SAID    /* all of it is queued, and may wait for the kernel */
};

struct exchange {
    struct connection *connection;
    struct http_request *request;
    struct http_body body;
    const struct exchange_owner *owner; /* NULL: nobody has taken it on */
    void *object;
    size_t max_body;
    char *fields; /* of every answer, or NULL */
    enum exchange_phase phase;
    enum exchange_end end; /* what `closed` will be told */
};

struct exchange *exchange_new(struct connection *connection);
void exchange_free(struct exchange *exchange);
/* As exchange_refuse, but `closed` will be told EXCHANGE_REFUSED. */
void exchange_reject(struct exchange *exchange, int status, const char *reason);

#endif
