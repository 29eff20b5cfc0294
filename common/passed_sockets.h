/*
 * passed_sockets: the listening sockets that systemd passes to the program
 * (sd_listen_fds(3)): descriptors from 3 on, as many as LISTEN_FDS says, with
 * their names in LISTEN_FDNAMES. LISTEN_PID says which process is meant, since
 * children inherit the environment.
 */
#ifndef BELFRY_COMMON_PASSED_SOCKETS_H
#define BELFRY_COMMON_PASSED_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

#define PASSED_SOCKETS_FIRST 3

/* How many are passed to this process. */
size_t passed_sockets_count(void);
/* Whether the n-th has that name (FileDescriptorName=). */
bool passed_sockets_is_named(size_t n, const char *name);
/* From now on there are none, for this process and its children. The descriptors stay open. */
void passed_sockets_forget(void);

/* Whether the descriptor is a socket that listens for connections. */
bool passed_socket_listens(int fd);
/* Makes it non-blocking and close-on-exec. 0, or -1 with the reason. */
int passed_socket_take(int fd, struct reason *why);

#endif
