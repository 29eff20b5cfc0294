/*
 * wire: where to connect to, and a plain connection to it.
 */
#ifndef BELFRY_ADMIN_WIRE_H
#define BELFRY_ADMIN_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/reason.h"

/* An address to connect to, from a URL or from the configuration. */
struct wire_target {
    char *host; /* the path of a socket if port is NULL */
    char *port;
    char *path; /* the path of the URL, with its query */
    bool tls;   /* wss:// or https:// */
};

/* Reads "ws://host:port/path", "wss://…", "http://…" and "https://…"; other URLs are refused.
 * Returns 0, or -1 with the reason; then nothing is held. */
int wire_target_from_url(struct wire_target *target, const char *url, struct reason *why);
/* Reads "127.0.0.1:8081", "[::1]:8081" or "unix:/path", and a path for the request. Returns as
 * above. */
int wire_target_from_address(
    struct wire_target *target, const char *address, const char *path, struct reason *why);
/* Appends what a request says in its field Host. */
void wire_target_add_host(const struct wire_target *target, struct buf *out);
void wire_target_release(struct wire_target *target);

/* A connected socket, whose reads and writes time out after 5 seconds, or -1 with the reason. */
int wire_connect(const struct wire_target *target, struct reason *why);

/* Writes everything. Returns 0, or -1 with errno. */
int wire_write(int fd, const void *data, size_t len);

#endif
