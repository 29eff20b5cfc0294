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
#ifndef BELFRY_GATEWAY_NET_UPGRADE_H
#define BELFRY_GATEWAY_NET_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct upgrade;

enum upgrade_field {
    UPGRADE_HOST,
    UPGRADE_ORIGIN,
    UPGRADE_AUTHORIZATION,
    UPGRADE_PROTOCOL,        /* Sec-WebSocket-Protocol, all of them joined by ", " */
    UPGRADE_FORWARDED_FOR,   /* X-Forwarded-For, joined likewise */
    UPGRADE_FORWARDED_HOST,  /* X-Forwarded-Host */
    UPGRADE_FORWARDED_PROTO, /* X-Forwarded-Proto */
    UPGRADE_USER_AGENT,
    UPGRADE_KEY, /* Sec-WebSocket-Key */
    UPGRADE_FIELDS
};

enum upgrade_progress {
    UPGRADE_MORE,   /* octets wanted */
    UPGRADE_DONE,   /* a WebSocket upgrade; upgrade_rest has what came behind it */
    UPGRADE_PLAIN,  /* a sound GET or HEAD without upgrade: 426, or what the path deserves */
    UPGRADE_REFUSED /* upgrade_refusal says with what */
};

struct upgrade_refusal {
    int status;         /* HTTP status code */
    const char *reason; /* a short sentence for the JSON body: static */
};

struct upgrade *upgrade_new(void);
void upgrade_free(struct upgrade *upgrade);

enum upgrade_progress upgrade_feed(struct upgrade *upgrade, const void *octets, size_t len);

/* Of a whole request: whether it asks for a WebSocket, and whether it is a HEAD. */
bool upgrade_is_websocket(const struct upgrade *upgrade);
bool upgrade_is_head(const struct upgrade *upgrade);

struct upgrade_refusal upgrade_refusal(const struct upgrade *upgrade);
/* Path, percent-decoding not done, and query without "?" ("" where there is none). */
const char *upgrade_path(const struct upgrade *upgrade);
const char *upgrade_query(const struct upgrade *upgrade);
/* A field's value without white space around it, or NULL. */
const char *upgrade_field(const struct upgrade *upgrade, enum upgrade_field field);
/* A parameter of the query, percent-decoded once, into `out`; NULL where absent, broken or too
 * long. */
const char *upgrade_parameter(
    const struct upgrade *upgrade, const char *name, char *out, size_t size);
/* Octets behind the request: the client's first frames. */
const void *upgrade_rest(const struct upgrade *upgrade, size_t *len);

/* The 101 with Sec-WebSocket-Accept, and Sec-WebSocket-Protocol where `protocol` is not NULL. */
void upgrade_accept(const struct upgrade *upgrade, const char *protocol, struct buf *out);

/* Any other answer; the connection ends with it. */
struct upgrade_answer {
    int status;         /* 405, 426, 429 and 503 get the fields that HTTP wants with them */
    const char *type;   /* Content-Type; NULL: application/json */
    const char *fields; /* "Name: value\r\n"…, which go before those of the status, or NULL */
    const char *body;
    bool head_only; /* for HEAD: the body's length, not the body */
};
void upgrade_answer(const struct upgrade_answer *answer, struct buf *out);

#endif
