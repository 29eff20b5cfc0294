#include "common/proxies.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define ADDRESS_BITS 128
#define ADDRESS_OCTETS 16
#define IPV4_BITS 32

/* IPv4 addresses are held mapped into IPv6 (RFC 4291, section 2.5.5.2), so that one comparison
 * serves both. */
static const unsigned char mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

struct network {
    unsigned char address[ADDRESS_OCTETS];
    unsigned prefix; /* bits of the 128 */
};

struct proxies {
    struct network *networks;
    size_t count;
    bool unix_peers;
};

/* Returns the number of bits of the address in its own family, 32 or 128, or 0 if the text is not
 * an address. */
static unsigned address_parse(const char *text, unsigned char out[ADDRESS_OCTETS])
{
    if (inet_pton(AF_INET6, text, out) == 1)
        return ADDRESS_BITS;
    memcpy(out, mapped_prefix, sizeof(mapped_prefix));
    return inet_pton(AF_INET, text, out + sizeof(mapped_prefix)) == 1 ? IPV4_BITS : 0;
}

static void address_format(
    const unsigned char address[ADDRESS_OCTETS], char out[PROXIES_ADDRESS_SIZE])
{
    bool mapped = memcmp(address, mapped_prefix, sizeof(mapped_prefix)) == 0;

    if (mapped)
        inet_ntop(AF_INET, address + sizeof(mapped_prefix), out, PROXIES_ADDRESS_SIZE);
    else
        inet_ntop(AF_INET6, address, out, PROXIES_ADDRESS_SIZE);
}

/* Returns the number after the slash, or -1 if it is not a number or above `max`. */
static int prefix_parse(const char *text, unsigned max)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 3 || text[digits] != '\0')
        return -1;
    int prefix = atoi(text);
    return prefix > (int)max ? -1 : prefix;
}

static int network_parse(struct network *network, const char *entry, struct reason *why)
{
    char address[PROXIES_ADDRESS_SIZE] = "";
    size_t len = strcspn(entry, "/");

    if (len < sizeof(address))
        memcpy(address, entry, len);
    unsigned bits = address_parse(address, network->address);
    if (bits == 0)
        return reason_set(why,
            "trusted_proxies: \"%s\" is not an address, a network such as 10.0.0.0/8, or unix",
            entry);
    int prefix = entry[len] == '/' ? prefix_parse(entry + len + 1, bits) : (int)bits;
    if (prefix < 0)
        return reason_set(
            why, "trusted_proxies: \"%s\" takes 0 to %u bits behind the slash", entry, bits);
    network->prefix = (unsigned)prefix + ADDRESS_BITS - bits;
    return 0;
}

static int proxies_add(struct proxies *proxies, const char *entry, struct reason *why)
{
    if (strcmp(entry, "unix") == 0) {
        proxies->unix_peers = true;
        return 0;
    }
    if (network_parse(&proxies->networks[proxies->count], entry, why) < 0)
        return -1;
    proxies->count++;
    return 0;
}

struct proxies *proxies_new(const struct config_list *list, struct reason *why)
{
    struct proxies *proxies = mem_zalloc(sizeof(*proxies));

    proxies->networks = mem_array(list->count + 1, sizeof(*proxies->networks));
    for (size_t i = 0; i < list->count; i++)
        if (proxies_add(proxies, list->items[i], why) < 0) {
            proxies_free(proxies);
            return NULL;
        }
    return proxies;
}

void proxies_free(struct proxies *proxies)
{
    if (!proxies)
        return;
    free(proxies->networks);
    free(proxies);
}

static bool network_holds(
    const struct network *network, const unsigned char address[ADDRESS_OCTETS])
{
    unsigned octets = network->prefix / 8;
    unsigned rest = network->prefix % 8;

    if (memcmp(network->address, address, octets) != 0)
        return false;
    unsigned mask = 0xffU << (8 - rest) & 0xffU;
    return rest == 0 || ((network->address[octets] ^ address[octets]) & mask) == 0;
}

static bool trusts_address(
    const struct proxies *proxies, const unsigned char address[ADDRESS_OCTETS])
{
    for (size_t i = 0; i < proxies->count; i++)
        if (network_holds(&proxies->networks[i], address))
            return true;
    return false;
}

static bool is_unix(const char *peer)
{
    return strcmp(peer, "unix") == 0 || strcmp(peer, "unix:") == 0;
}

bool proxies_trust(const struct proxies *proxies, const char *peer)
{
    unsigned char address[ADDRESS_OCTETS];

    if (is_unix(peer))
        return proxies->unix_peers;
    return address_parse(peer, address) > 0 && trusts_address(proxies, address);
}

/* Reads the address in one entry of X-Forwarded-For: bare, "v4:port", "[v6]" or "[v6]:port". */
static bool entry_parse(const char *entry, size_t len, unsigned char address[ADDRESS_OCTETS])
{
    char text[PROXIES_ADDRESS_SIZE];

    while (len > 0 && (*entry == ' ' || *entry == '\t')) {
        entry++;
        len--;
    }
    while (len > 0 && (entry[len - 1] == ' ' || entry[len - 1] == '\t'))
        len--;
    if (len > 0 && *entry == '[') {
        const char *end = memchr(entry, ']', len);
        len = end ? (size_t)(end - entry) - 1 : 0;
        entry++;
    }
    if (len == 0 || len >= sizeof(text))
        return false;
    memcpy(text, entry, len);
    text[len] = '\0';
    char *colon = strchr(text, ':');
    if (colon && strchr(text, '.') && !strchr(colon + 1, ':'))
        *colon = '\0';
    return address_parse(text, address) > 0;
}

/* Finds the rightmost entry that is not a trusted proxy, or the leftmost if all are. An entry that
 * is not an address ends the search: nobody has vouched for what is to its left. */
static bool client_find(
    const struct proxies *proxies, const char *list, unsigned char client[ADDRESS_OCTETS])
{
    bool found = false;
    const char *end = list + strlen(list);

    while (end) {
        const char *comma = memrchr(list, ',', (size_t)(end - list));
        const char *entry = comma ? comma + 1 : list;
        unsigned char address[ADDRESS_OCTETS];

        if (!entry_parse(entry, (size_t)(end - entry), address))
            return found;
        memcpy(client, address, ADDRESS_OCTETS);
        found = true;
        if (!trusts_address(proxies, address))
            return true;
        end = comma;
    }
    return found;
}

int proxies_client(const struct proxies *proxies, const char *peer, const char *forwarded_for,
    char out[PROXIES_ADDRESS_SIZE])
{
    unsigned char client[ADDRESS_OCTETS];

    if (forwarded_for && proxies_trust(proxies, peer) &&
        client_find(proxies, forwarded_for, client)) {
        address_format(client, out);
        return 1;
    }
    if (!is_unix(peer) && address_parse(peer, client) > 0)
        address_format(client, out);
    else
        snprintf(out, PROXIES_ADDRESS_SIZE, "%s", peer);
    return 0;
}
