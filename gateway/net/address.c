#include "gateway/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define uthash_fatal(message) abort()
#include <uthash.h>

/* IPv4 is stored in full, mapped to IPv6 (::ffff:a.b.c.d); of IPv6 only the first 8 bytes, the rest
 * is zero. */
struct address {
    struct in6_addr prefix;
    size_t connections;
    UT_hash_handle hh;
};

struct addresses {
    struct address *all;
};

struct addresses *addresses_new(void)
{
    return mem_zalloc(sizeof(struct addresses));
}

void addresses_free(struct addresses *addresses)
{
    free(addresses);
}

static struct in6_addr prefix_of(const char *text)
{
    struct in6_addr prefix = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

    if (inet_pton(AF_INET, text, prefix.s6_addr + 12) == 1)
        return prefix;
    memset(&prefix, 0, sizeof(prefix));
    if (inet_pton(AF_INET6, text, &prefix) == 1)
        memset(prefix.s6_addr + 8, 0, 8);
    return prefix;
}

struct address *addresses_enter(struct addresses *addresses, const char *text)
{
    struct in6_addr prefix = prefix_of(text);
    struct address *address;

    HASH_FIND(hh, addresses->all, &prefix, sizeof(prefix), address);
    if (!address) {
        address = mem_zalloc(sizeof(*address));
        address->prefix = prefix;
        HASH_ADD(hh, addresses->all, prefix, sizeof(prefix), address);
    }
    address->connections++;
    return address;
}

void addresses_leave(struct addresses *addresses, struct address *address)
{
    if (!address || --address->connections > 0)
        return;
    HASH_DEL(addresses->all, address);
    free(address);
}

size_t address_connections(const struct address *address)
{
    return address->connections;
}

static void ipv6_text(const struct in6_addr *from, char *out)
{
    if (IN6_IS_ADDR_V4MAPPED(from))
        inet_ntop(AF_INET, from->s6_addr + 12, out, PROXIES_ADDRESS_SIZE);
    else
        inet_ntop(AF_INET6, from, out, PROXIES_ADDRESS_SIZE);
}

void address_text(const struct sockaddr *from, char out[PROXIES_ADDRESS_SIZE])
{
    strcpy(out, "unix");
    if (from->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)from)->sin_addr, out,
            PROXIES_ADDRESS_SIZE);
    else if (from->sa_family == AF_INET6)
        ipv6_text(&((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, out);
}
