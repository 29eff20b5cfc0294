/*
 * peer_echo: the owner of peers that the Socket.IO project's own conformance
 * suite wants. Namespaces "/" and "/custom"; `auth` tells the client what it
 * connected with; `message` comes back as `message-back`, and
 * `message-with-ack` as its acknowledgement, attachments and all.
 */
#ifndef BELFRY_TESTS_CONFORMANCE_PEER_ECHO_H
#define BELFRY_TESTS_CONFORMANCE_PEER_ECHO_H

#include "gateway/framing/peer.h"

extern const struct peer_owner peer_echo_owner;

#endif
