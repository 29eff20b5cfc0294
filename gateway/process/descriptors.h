/*
 * descriptors: passes descriptors, with a text, over a Unix socket of whole
 * messages (SCM_RIGHTS).
 */
#ifndef BELFRY_GATEWAY_PROCESS_DESCRIPTORS_H
#define BELFRY_GATEWAY_PROCESS_DESCRIPTORS_H

#include <stddef.h>
#include <sys/types.h>

/* In one message. */
#define DESCRIPTORS_MAX 40

/* The descriptors stay open here, too. 0, or -1 with errno. */
int descriptors_send(int socket, const char *text, size_t len, const int *fds, size_t count);
/* Receives the next message: its length, 0 at the end, or -1 with errno. *count: room for so many
 * descriptors; is set to how many came. They are close-on-exec, and the caller's. */
ssize_t descriptors_receive(int socket, char *text, size_t size, int *fds, size_t *count);

#endif
