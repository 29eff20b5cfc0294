/*
 * listener: the socket on which web servers call, made here or inherited.
 *
 * One of our own is a Unix socket that appears under its name with its rights
 * already set (0660, and the group that is configured), so that nobody ever
 * finds it half made. A file that is in the way is replaced only where it is a
 * socket that nobody answers on. At the end it is removed, unless another
 * program has put its own there meanwhile.
 *
 * One that is inherited is descriptor 0, as lighttpd, spawn-fcgi and
 * mod_fcgid leave it, or the first that systemd passes (LISTEN_FDS).
 */
#ifndef BELFRY_AUTH_LISTENER_H
#define BELFRY_AUTH_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/reason.h"

struct fcgi_listener {
    int fd;
    char *path; /* NULL where it was inherited */
    bool hidden;
    dev_t device;
    ino_t inode;
};

/* `group` may be "". Returns 0, or -1 with the reason. */
int fcgi_listener_open(
    struct fcgi_listener *listener, const char *path, const char *group, struct reason *why);

/* Takes the inherited one over. Returns 1, 0 where there is none, or -1 with the reason. */
int fcgi_listener_inherit(struct fcgi_listener *listener, struct reason *why);

/* Takes its name away, so that nobody calls any more: whoever has called already is still there. */
void fcgi_listener_hide(struct fcgi_listener *listener);

void fcgi_listener_close(struct fcgi_listener *listener);

/* "/run/belfry/auth.sock" or "descriptor 0", for a log line. Returns out. */
char *fcgi_listener_describe(const struct fcgi_listener *listener, char *out, size_t size);

#endif
