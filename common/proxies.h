/*
 * proxies: which proxies are trusted to report the client's address and host.
 *
 * `trusted_proxies` lists addresses and CIDR ranges, and "unix" for peers on a
 * Unix socket. X-Forwarded-For counts only from such a peer; the client is then
 * its rightmost entry that is not itself a trusted proxy.
 */
#ifndef BELFRY_COMMON_PROXIES_H
#define BELFRY_COMMON_PROXIES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config_list.h"
#include "common/reason.h"

struct proxies;

/* Returns NULL with the reason if an entry is neither an address, nor a range, nor "unix". */
struct proxies *proxies_new(const struct config_list *list, struct reason *why);
void proxies_free(struct proxies *proxies);

/* `peer` is an address as text ("127.0.0.1", "::1"), or "unix". */
bool proxies_trust(const struct proxies *proxies, const char *peer);

/* The size of an address as text, with NUL (INET6_ADDRSTRLEN). */
#define PROXIES_ADDRESS_SIZE 46

/* The address of the client behind `peer`, from its X-Forwarded-For (NULL if there is none).
 * Returns 1 with the forwarded address, or 0 with the peer's own (not trusted, or no usable entry).
 * IPv4 mapped into IPv6 (::ffff:a.b.c.d) is written as IPv4. */
int proxies_client(const struct proxies *proxies, const char *peer, const char *forwarded_for,
    char out[PROXIES_ADDRESS_SIZE]);

#endif
