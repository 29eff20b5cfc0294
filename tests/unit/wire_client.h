/*
 * wire_client: a WebSocket client on a bare socket, for the rigs that play one:
 * connecting, and frames in bytes. When to wait, and for what, is the rig's.
 */
#ifndef BELFRY_TESTS_UNIT_WIRE_CLIENT_H
#define BELFRY_TESTS_UNIT_WIRE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/* Connects to an address as server_address spells it. A blocking socket, closed by the caller. */
int wire_client_connect(const char *address);
/* Adds to `in` what has arrived, without waiting. */
void wire_read(int fd, struct buf *in);
/* Removes that many bytes from the front. */
void wire_consume(struct buf *in, size_t len);

/* A request for an upgrade, with additional header lines ("Name: value\r\n"…). */
void wire_add_upgrade(struct buf *out, const char *target, const char *fields);
/* A masked frame; `first` is its first byte. */
void wire_add_frame(struct buf *out, unsigned char first, const void *payload, size_t len);
/* Sends a whole masked message or control frame; asserts that the kernel takes it. */
void wire_send_frame(int fd, unsigned kind, const void *payload, size_t len);

/* A frame from the server, in the bytes that were read. */
struct wire_frame {
    unsigned char first;
    const unsigned char *payload;
    size_t len;
    size_t whole; /* bytes of all of it: consume them to take the next */
};

/* The frame at the front of `in`; false if it is not complete yet. Asserts that it is not
 * masked. */
bool wire_first_frame(const struct buf *in, struct wire_frame *frame);

#endif
