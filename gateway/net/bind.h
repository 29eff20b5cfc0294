/*
 * bind: from a configured address to a listening descriptor, and back to text.
 */
#ifndef BELFRY_GATEWAY_NET_BIND_H
#define BELFRY_GATEWAY_NET_BIND_H

#include <stddef.h>

#include "common/reason.h"

/* A listening socket, non-blocking and close-on-exec, for "127.0.0.1:8081", "[::1]:8081", "*:8081"
 * or "unix:/path"; -1 with a reason that says what to do. */
int bind_listen(const char *address, struct reason *why);

/* The path of "unix:/path", or NULL for TCP. */
const char *bind_path(const char *address);

#define BIND_TEXT_SIZE 136

/* The address of a listening socket, in the same spelling. */
void bind_text(int fd, char out[BIND_TEXT_SIZE]);

#endif
