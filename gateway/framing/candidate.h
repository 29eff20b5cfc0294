/*
 * candidate: a request that may become a peer. The framing whose path it asks for
 * admits or refuses it.
 */
#ifndef BELFRY_GATEWAY_FRAMING_CANDIDATE_H
#define BELFRY_GATEWAY_FRAMING_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/origin.h"
#include "common/random.h"
#include "gateway/framing/peers.h"
#include "gateway/net/exchange.h"

/* The answer to a refused request. Always a constant: all its text is static. */
struct candidate_refusal {
    int status;
    const char *body; /* JSON */
    const char *log;  /* the line to log, which says what to do; NULL: none */
};

/* Logged for a request without Upgrade: the web server in front is most often the cause. */
#define LOG_NO_UPGRADE \
    "request refused, 426: it asks for no WebSocket. Where a client meant one, the web server in " \
    "front does not pass Upgrade on. nginx: proxy_http_version 1.1; proxy_set_header Upgrade " \
    "$http_upgrade; proxy_set_header Connection \"upgrade\". Apache httpd: upgrade=websocket " \
    "behind " \
    "ProxyPass. lighttpd: proxy.header = ( \"upgrade\" => \"enable\" )"

struct candidate {
    struct peers *peers;
    struct exchange *exchange;
    const struct http_request *request;
    char sid[RANDOM_NAME_SIZE]; /* the session that the request belongs to, or "" */
    const char *protocol;       /* Sec-WebSocket-Protocol of the answer: static, or NULL */
    char *token;                /* found so far, or NULL: a secret, malloc()ed, later the peer's */
    const struct candidate_refusal *refusal;
};

/* Always returns false, so that a framing's `admit` can return it. */
bool candidate_refuse(struct candidate *candidate, const struct candidate_refusal *refusal);
/* Logs one line with its number and address, as peers_log does. */
#define candidate_log(candidate, ...) \
    peers_log((candidate)->peers, connection_number(exchange_connection((candidate)->exchange)), \
        connection_address(exchange_connection((candidate)->exchange)), __VA_ARGS__)
/* A field of its header without white space around it, or NULL. */
const char *candidate_field(const struct candidate *candidate, enum http_field field);
/* A parameter of its query, decoded, into `out`; NULL where absent, broken or too long. */
const char *candidate_parameter(
    const struct candidate *candidate, const char *name, char *out, size_t size);
/* Takes the token from `Authorization: Bearer`, if the request has one. */
void candidate_take_bearer(struct candidate *candidate);
/* Takes the token from the query if the settings allow it, and refuses with `forbidden` if not. */
bool candidate_take_query(struct candidate *candidate, const struct candidate_refusal *forbidden);
/* Replaces the token found so far; NULL: there is none. */
void candidate_set_token(struct candidate *candidate, const char *token, size_t len);
/* What its Origin is. A foreign one is counted, and logged with the setting that would allow it. */
enum origin_verdict candidate_origin(struct candidate *candidate);

#endif
