/*
 * local_host: who may ask a server that listens on this machine alone.
 *
 * A page of any site can make its own name mean 127.0.0.1 (DNS rebinding), and
 * then read what a local server answers. Its requests have that name in Host.
 * People and monitors ask by an address, by "localhost", or by another name
 * without a dot, which no site has.
 */
#ifndef BELFRY_GATEWAY_OPS_LOCAL_HOST_H
#define BELFRY_GATEWAY_OPS_LOCAL_HOST_H

#include <stdbool.h>

/* Whether such a request may be answered. `host`: as sent, with or without a port; NULL: there was
 * none, as no browser does. */
bool local_host_allows(const char *host);
/* Whether that listening address ("127.0.0.1:9181", "[::1]:9181", "unix:/path") can only be reached
 * from this machine. */
bool local_host_is(const char *address);

#endif
