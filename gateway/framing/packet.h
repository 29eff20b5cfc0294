/*
 * packet: the packets of the Socket.IO protocol, revision 5, to and from text.
 *
 *     <type>[<attachments>-][<namespace>,][<id>][<JSON>]
 *
 *     0{"token":"…"}              CONNECT to "/"
 *     2["subscribe","a"]          EVENT
 *     212/custom,["x"]            EVENT in "/custom" that wants an answer, by 12
 *     52-["x",{"_placeholder":true,"num":0},…]   BINARY_EVENT; two binary messages follow
 *
 * Only the id of an ACK is needed: its arguments are not read.
 *
 * Pure: text in, struct out, nothing is sent. Strict: it refuses what
 * Socket.IO's own parser refuses, and what that accepts by accident (an id of
 * 400 digits, a space for an id, a number for an event's name, 0 attachments).
 */
#ifndef BELFRY_GATEWAY_FRAMING_PACKET_H
#define BELFRY_GATEWAY_FRAMING_PACKET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/reason.h"

enum packet_type {
    PACKET_CONNECT,
    PACKET_DISCONNECT,
    PACKET_EVENT,
    PACKET_ACK,
    PACKET_CONNECT_ERROR,
    PACKET_BINARY_EVENT,
    PACKET_BINARY_ACK
};

#define PACKET_NAMESPACE_MAX 255
#define PACKET_ATTACHMENTS_MAX 10
/* 2^53 - 1, the largest integer that every client represents exactly. */
#define PACKET_ID_MAX INT64_C(9007199254740991)
#define PACKET_NO_ID INT64_C(-1)

struct packet {
    enum packet_type type;
    unsigned attachments;                     /* 1 to 10 for a binary type, else 0 */
    char namespace[PACKET_NAMESPACE_MAX + 1]; /* "/" if none is written */
    int64_t id;                               /* or PACKET_NO_ID */
    json_t *payload; /* an object for CONNECT, an array for events and BINARY_ACK; or NULL */
    bool crowded;    /* an event with more values than JSON_MESSAGE_VALUES_MAX: not read */
};

/* Returns 0, or -1 with the reason; then there is nothing to release. The input is not trusted:
 * every payload is checked for its type, and an event for a name that is a string and not
 * reserved. */
int packet_read(const char *text, size_t len, struct packet *packet, struct reason *why);
void packet_release(struct packet *packet);

/* Appends the part of a packet before its JSON to `out`. */
void packet_write_head(enum packet_type type, unsigned attachments, const char *namespace,
    int64_t id, struct buf *out);

#endif
