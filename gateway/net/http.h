/*
 * http: a connection while it speaks HTTP: reads one request after the other,
 * and has each answered (exchange.h).
 */
#ifndef BELFRY_GATEWAY_NET_HTTP_H
#define BELFRY_GATEWAY_NET_HTTP_H

#include "gateway/net/admission.h"

/* Makes a connection from an accepted socket, and refuses it at once if `admission` says so. Owns
 * `fd` from now on, and leaves `counted` in the end. */
void http_accept(struct host *host, int fd, const char *peer, struct admission admission,
    struct address *counted);

#endif
