/*
 * attachments: a Socket.IO packet that waits for its binary messages.
 *
 * It exists from the packet that announces attachments until the last of them
 * has arrived: at most PACKET_ATTACHMENTS_MAX, together no larger than one
 * message. If the owner takes no binary data, they are read and dropped, and
 * only the parts of the packet that its answer needs are kept.
 */
#ifndef BELFRY_GATEWAY_FRAMING_ATTACHMENTS_H
#define BELFRY_GATEWAY_FRAMING_ATTACHMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"
#include "gateway/framing/packet.h"
#include "gateway/framing/peer.h"

struct attachments;

/* Takes the packet over. If a placeholder points beyond the announced attachments: NULL with the
 * reason, and the packet is released. */
struct attachments *attachments_new(
    struct packet *packet, bool keep, size_t max_octets, struct reason *why);
void attachments_free(struct attachments *attachments);

/* Adds the next binary message. Returns 1 if it was the last, 0 if more must follow, -1 if they are
 * too large together. */
int attachments_add(struct attachments *attachments, const void *data, size_t len);

struct packet *attachments_packet(struct attachments *attachments);
/* Lent; NULL if they were dropped. */
const struct peer_binary *attachments_items(const struct attachments *attachments, size_t *count);

#endif
