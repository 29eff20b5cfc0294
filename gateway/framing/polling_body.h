/*
 * polling_body: the body of a request or response of HTTP long polling: packets
 * of Engine.IO, one after the other (Engine.IO protocol, revision 4).
 *
 * Packets are separated by U+001E. One that begins with "b" is a binary message
 * in base64 (RFC 4648, section 4); any other is text, whose first byte is the
 * packet's type. What the types mean is not this module's concern.
 */
#ifndef BELFRY_GATEWAY_FRAMING_POLLING_BODY_H
#define BELFRY_GATEWAY_FRAMING_POLLING_BODY_H

#include <stddef.h>

#include "common/buf.h"
#include "gateway/net/frame.h"

/* Reads a body. It borrows the body's text, until polling_body_keep. */
struct polling_body {
    const char *text;
    size_t len;        /* of what has not been read */
    struct buf binary; /* the last binary message */
    char *kept;
};

enum polling_packet_result {
    POLLING_PACKET,
    POLLING_END,   /* there is no further packet */
    POLLING_BROKEN /* an empty packet, text that is not UTF-8, or invalid base64 */
};

/* One packet, lent until the next is read. */
struct polling_packet {
    enum frame_kind kind; /* FRAME_TEXT, or FRAME_BINARY: decoded */
    const void *data;
    size_t len;
};

void polling_body_init(struct polling_body *body, const void *text, size_t len);
void polling_body_release(struct polling_body *body);
/* Copies what has not been read, so that the text need not live any longer. */
void polling_body_keep(struct polling_body *body);
/* Adds another body behind what has not been read of one that is kept, as if the two had come as
 * one; the text is copied. No packet may be lent. */
void polling_body_append(struct polling_body *body, const void *text, size_t len);

/* An empty body is broken. After POLLING_BROKEN nothing more may be read. */
enum polling_packet_result polling_body_next(
    struct polling_body *body, struct polling_packet *packet);

/* Appends the message of a frame as a packet, behind a separator unless `out` is empty. */
void polling_body_add(struct buf *out, const struct frame *frame);
/* How many bytes polling_body_add appends, the separator included. */
size_t polling_body_size(const struct frame *frame);

#endif
