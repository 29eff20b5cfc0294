/*
 * socketio_echo: the owner of peers that the Socket.IO project's own conformance
 * suite wants, whichever framing they speak. Namespaces "/" and "/custom";
 * `auth` tells the client what it connected with; `message` comes back as
 * `message-back`, and `message-with-ack` as its acknowledgement, attachments and
 * all. The owner's context is a wheel.
 */
#ifndef BELFRY_TESTS_CONFORMANCE_SOCKETIO_ECHO_H
#define BELFRY_TESTS_CONFORMANCE_SOCKETIO_ECHO_H

#include "gateway/framing/peer.h"

extern const struct peer_owner socketio_echo;

#endif
