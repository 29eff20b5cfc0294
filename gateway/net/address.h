/*
 * address: how many connections each client address has.
 *
 * An entry lives as long as a connection counts on it. IPv6 is counted by /64,
 * since that is what one household or rented server has.
 */
#ifndef BELFRY_GATEWAY_NET_ADDRESS_H
#define BELFRY_GATEWAY_NET_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#include "common/proxies.h"

struct address;
struct addresses;

struct addresses *addresses_new(void);
/* No connection may be counted any more. */
void addresses_free(struct addresses *addresses);

/* Counts one more connection from `text` ("192.0.2.1", "2001:db8::1"). */
struct address *addresses_enter(struct addresses *addresses, const char *text);
/* NULL is fine. */
void addresses_leave(struct addresses *addresses, struct address *address);
size_t address_connections(const struct address *address);

/* The text of a socket's peer; "unix" for one without address. IPv4 in IPv6 comes out as IPv4. */
void address_text(const struct sockaddr *from, char out[PROXIES_ADDRESS_SIZE]);

#endif
