/*
 * attachments: a Socket.IO packet whose binary messages are still to come.
 *
 * It exists from the packet that announces attachments until the last of them
 * has arrived. There may be PACKET_ATTACHMENTS_MAX, together no larger than one
 * message. Where the owner takes no binary data they are read and dropped, and
 * of the packet only what its answer needs is kept.
 */
#ifndef BELFRY_GATEWAY_FRAMING_ATTACHMENTS_H
#define BELFRY_GATEWAY_FRAMING_ATTACHMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "gateway/framing/packet.h"
#include "gateway/framing/peer.h"

struct attachments;

/* Takes the packet over. NULL with the reason, and the packet let go, where a placeholder points
 * outside what is to come. */
struct attachments *attachments_new(
    struct packet *packet, bool keep, size_t max_octets, struct reason *why);
void attachments_free(struct attachments *attachments);

/* The next binary message. Returns 1 when it was the last, 0 when more are to come, -1 when they
 * are too large together. */
int attachments_add(struct attachments *attachments, const void *data, size_t len);

struct packet *attachments_packet(struct attachments *attachments);
/* Lent; NULL where they were dropped. */
const struct peer_binary *attachments_items(const struct attachments *attachments, size_t *count);

#endif
