#include "common/origin.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define LONGEST_SHOWN 128
#define NOT_OF_HOST "/?#@ \t\r\n*"

/* A host and its port as written, neither NUL-terminated; port_len is 0 if there is no port. */
struct authority {
    const char *host;
    size_t host_len;
    const char *port;
    size_t port_len;
};

struct scheme {
    const char *prefix;
    const char *port;
};

static const struct scheme schemes[] = {
    {"https://", "443"},
    {"http://", "80"},
};

static const struct scheme *scheme_of(const char *origin)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncasecmp(origin, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    return NULL;
}

/* Splits "host", "host:port" and "[v6]:port". Returns false if it is none of these. */
static bool authority_parse(const char *text, struct authority *out)
{
    size_t host_len = *text == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");

    if (host_len == 0 || host_len > strlen(text) || strcspn(text, "/?#@ \t") < host_len)
        return false;
    *out = (struct authority){text, host_len, "", 0};
    if (text[host_len] == '\0')
        return true;
    if (text[host_len] != ':')
        return false;
    out->port = text + host_len + 1;
    out->port_len = strspn(out->port, "0123456789");
    return out->port[out->port_len] == '\0';
}

static bool is_default_port(const struct authority *authority, const struct scheme *scheme)
{
    return authority->port_len == 0 ||
           (authority->port_len == strlen(scheme->port) &&
               memcmp(authority->port, scheme->port, authority->port_len) == 0);
}

static bool same_authority(
    const struct authority *a, const struct authority *b, const struct scheme *scheme)
{
    if (a->host_len != b->host_len || strncasecmp(a->host, b->host, a->host_len) != 0)
        return false;
    if (is_default_port(a, scheme) || is_default_port(b, scheme))
        return is_default_port(a, scheme) && is_default_port(b, scheme);
    return a->port_len == b->port_len && memcmp(a->port, b->port, a->port_len) == 0;
}

/* Whether the origin is that of this host, by http or https: TLS often ends at a proxy in front of
 * us. */
static bool is_own(const char *origin, const char *host)
{
    struct authority theirs, ours;
    const struct scheme *scheme = scheme_of(origin);

    return scheme && authority_parse(origin + strlen(scheme->prefix), &theirs) &&
           authority_parse(host, &ours) && same_authority(&theirs, &ours, scheme);
}

static bool is_listed(const char *origin, const char *entry)
{
    struct authority theirs, listed;
    const struct scheme *scheme = scheme_of(origin);

    if (!scheme || scheme_of(entry) != scheme)
        return strcmp(origin, entry) == 0;
    return authority_parse(origin + strlen(scheme->prefix), &theirs) &&
           authority_parse(entry + strlen(scheme->prefix), &listed) &&
           same_authority(&theirs, &listed, scheme);
}

int origin_check_entry(const char *origin, struct reason *why)
{
    const char *host = strstr(origin, "://");

    if (strcmp(origin, "*") == 0)
        return reason_set(why, "\"*\" would let every web site in: list the origins one by one");
    if (strcmp(origin, "null") == 0)
        return reason_set(why, "\"null\" is not the origin of a site: a sandboxed frame of any "
                               "site sends it. List the "
                               "origins of your own pages");
    if (!host || host == origin || !host[3])
        return reason_set(
            why, "\"%s\" is not an origin: write scheme and host, https://app.example", origin);
    if (strpbrk(host + 3, NOT_OF_HOST))
        return reason_set(why,
            "\"%s\" is not an origin: it ends with the host or its port, without a "
            "path, a slash or a wildcard: %.*s",
            origin, (int)(host + 3 - origin + (ptrdiff_t)strcspn(host + 3, NOT_OF_HOST)), origin);
    return 0;
}

/* Explains what to do: add it to the list, if it can be listed. */
static void explain_foreign(const char *origin, const char *host, struct reason *why)
{
    if (strcmp(origin, "null") == 0)
        reason_set(why,
            "the Origin is null: a sandboxed frame, a page from a file or a redirect between "
            "sites says that. It names no site and cannot be allowed: serve the page over http "
            "or https, without a sandbox or with allow-same-origin");
    else if (strlen(origin) > LONGEST_SHOWN || strchr(origin, ',') ||
             origin_check_entry(origin, NULL) < 0)
        reason_set(why,
            "the Origin %.*s is none that a browser gives to a web page, so it cannot be allowed",
            LONGEST_SHOWN, origin);
    else
        reason_set(why,
            "the Origin %s is not that of the host asked, %.*s; to allow it, add to the "
            "configuration, under [belfry]: allowed_origins = %s",
            origin, LONGEST_SHOWN, host ? host : "which was not named", origin);
}

enum origin_verdict origin_check(
    const struct config_list *allowed, const char *origin, const char *host, struct reason *why)
{
    if (!origin)
        return ORIGIN_ABSENT;
    for (size_t i = 0; i < allowed->count; i++)
        if (is_listed(origin, allowed->items[i]))
            return ORIGIN_LISTED;
    if (host && is_own(origin, host))
        return ORIGIN_SAME;
    explain_foreign(origin, host, why);
    return ORIGIN_FOREIGN;
}
