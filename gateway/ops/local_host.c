#include "gateway/ops/local_host.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* As in RFC 1035. */
#define NAME_MAX_LEN 253

static bool is_address(const char *name)
{
    struct in_addr address;

    return inet_pton(AF_INET, name, &address) == 1;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), more = strlen(ending);

    return len > more && strcasecmp(name + len - more, ending) == 0;
}

bool local_host_allows(const char *host)
{
    char name[NAME_MAX_LEN + 1];
    size_t len;

    if (!host || host[0] == '[')
        return true;
    len = strcspn(host, ":");
    if (len > NAME_MAX_LEN)
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    return !strchr(name, '.') || is_address(name) || ends_with(name, ".localhost");
}

bool local_host_is(const char *address)
{
    static const char *const beginnings[] = {"127.", "[::1]", "unix:"};

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
        if (strncmp(address, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}
