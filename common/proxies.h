/*
 * proxies: whose word about the client's address and host is taken.
 *
 * `trusted_proxies` lists addresses and CIDR ranges, and "unix" for peers on a
 * Unix socket. X-Forwarded-For counts only from such a peer, and then the
 * client is its rightmost entry that is not itself a trusted proxy.
 */
#ifndef BELFRY_COMMON_PROXIES_H
#define BELFRY_COMMON_PROXIES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/config_list.h"
#include "common/reason.h"

struct proxies;

/* Returns NULL with the reason where an entry is neither an address nor a range nor "unix". */
struct proxies *proxies_new(const struct config_list *list, struct reason *why);
void proxies_free(struct proxies *proxies);

/* `peer` is an address in text ("127.0.0.1", "::1"), or "unix". */
bool proxies_trust(const struct proxies *proxies, const char *peer);

/* Octets of an address in text, with its NUL (INET6_ADDRSTRLEN). */
#define PROXIES_ADDRESS_SIZE 46

/* The client's address behind `peer`, from its X-Forwarded-For (NULL where there is none). Returns
 * 1 with the forwarded address, 0 with the peer's own (not trusted, or no usable entry). IPv4 in
 * IPv6
 * (::ffff:a.b.c.d) comes out as IPv4. */
int proxies_client(const struct proxies *proxies, const char *peer, const char *forwarded_for,
    char out[PROXIES_ADDRESS_SIZE]);

#endif
