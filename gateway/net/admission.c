#include "gateway/net/host.h"

#include <string.h>

/* So many above a limit are told why; more are dropped, since telling holds a descriptor. */
#define TOLD_MAX 64
/* A flood is worth a line now and then, not one a socket. */
#define LOG_MS 60000

static bool is_trusted(const struct host *host, const char *peer)
{
    return host->settings.proxies != NULL && proxies_trust(host->settings.proxies, peer);
}

static struct admission refused(struct host *host, int status, const char *reason)
{
    int64_t now = clock_steady_ms(host->clock);
    if (!host->told_of_limit || now - host->limit_told_at >= LOG_MS) {
        host->told_of_limit = true;
        host->limit_told_at = now;
        log_warn(host->log, "connections are refused, %d: %s", status, reason);
    }
    return (struct admission){status, reason};
}

static struct admission by_address(struct host *host, const char *address, struct address **counted)
{
    size_t max = host->settings.max_per_address;
    *counted = addresses_enter(host->addresses, address);
    size_t connections = address_connections(*counted);
    if (max == 0 || connections <= max)
        return (struct admission){ADMITTED, NULL};
    if (connections <= max + TOLD_MAX)
        return refused(host, 429, "Too many connections from this address");
    addresses_leave(host->addresses, *counted);
    *counted = NULL;
    return (struct admission){ADMISSION_DROP, NULL};
}

struct admission admission_of_socket(struct host *host, const char *peer, struct address **counted)
{
    size_t max = host->settings.max_connections;
    *counted = NULL;
    if (host->connection_count >= max + TOLD_MAX)
        return (struct admission){ADMISSION_DROP, NULL};
    if (host->connection_count >= max)
        return refused(host, 503, "Too many connections");
    /* A proxy's own address says nothing, and a Unix socket has none. */
    if (strcmp(peer, "unix") == 0 || is_trusted(host, peer))
        return (struct admission){ADMITTED, NULL};
    return by_address(host, peer, counted);
}

static void warn_once(struct host *host, bool *warned, const char *peer, const char *sentence)
{
    if (*warned)
        return;
    *warned = true;
    struct logger log = logger_with(host->log, "peer", peer);
    log_warn(&log, "%s", sentence);
}

struct admission admission_of_request(struct host *host, const char *peer,
    const struct upgrade *upgrade, char client[PROXIES_ADDRESS_SIZE], struct address **counted)
{
    const char *forwarded = upgrade_field(upgrade, UPGRADE_FORWARDED_FOR);
    strcpy(client, peer);
    if (!is_trusted(host, peer)) {
        if (forwarded != NULL)
            warn_once(host, &host->warned_of_foreign_forwarder, peer,
                "X-Forwarded-For is ignored, since this peer is not in trusted_proxies");
        return (struct admission){ADMITTED, NULL};
    }
    if (forwarded == NULL || proxies_client(host->settings.proxies, peer, forwarded, client) == 0) {
        warn_once(host, &host->warned_of_silent_proxy, peer,
            "no usable X-Forwarded-For from this trusted proxy: its clients are not limited by "
            "address");
        return (struct admission){ADMITTED, NULL};
    }
    /* It may have been counted as a stranger, before the configuration was read again. */
    addresses_leave(host->addresses, *counted);
    struct admission admission = by_address(host, client, counted);
    return admission.status == ADMISSION_DROP ? (struct admission){429, "Too many connections"}
                                              : admission;
}
