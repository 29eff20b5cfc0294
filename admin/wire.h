/*
 * wire: a plain connection to the gateway, and one HTTP request on it.
 */
#ifndef BELFRY_ADMIN_WIRE_H
#define BELFRY_ADMIN_WIRE_H

#include <stddef.h>

#include "common/buf.h"
#include "common/reason.h"

/* Where something listens, from a URL or from an address of the configuration. */
struct wire_target {
    char *host; /* or, where port is NULL, the path of a socket */
    char *port;
    char *path; /* of the URL, with its query */
};

/* "ws://host:port/path" and "http://…"; the others are refused with the reason. 0 or -1; then
 * nothing is held. */
int wire_target_from_url(struct wire_target *target, const char *url, struct reason *why);
/* "127.0.0.1:8081", "[::1]:8081", "unix:/path", and a path. Likewise. */
int wire_target_from_address(
    struct wire_target *target, const char *address, const char *path, struct reason *why);
void wire_target_release(struct wire_target *target);

/* A connected socket, whose reads and writes give up after 5 seconds. -1 with the reason. */
int wire_connect(const struct wire_target *target, struct reason *why);

/* GET on a new connection. Returns the status, with the body in `body`, or -1 with the reason. */
int wire_get(const struct wire_target *target, struct buf *body, struct reason *why);

/* Writes all. 0, or -1 with errno. */
int wire_write(int fd, const void *data, size_t len);

/* The head of an HTTP response, up to its empty line, with whatever was read behind it in `rest`.
 * Returns its status, or -1 with the reason. */
int wire_read_head(int fd, struct buf *head, struct buf *rest, struct reason *why);

#endif
