#include "gateway/net/admission.h"

#include <string.h>

#include "gateway/net/drain_user.h"
#include "gateway/net/host.h"

/* A flood is logged at most this often, not once per socket. */
#define LOG_MS 60000

static bool is_trusted(const struct host *host, const char *peer)
{
    return host->settings.proxies != NULL && proxies_trust(host->settings.proxies, peer);
}

static struct admission admission_refuse(struct host *host, int status, const char *reason)
{
    int64_t now = clock_steady_ms(host->clock);

    if (!host->told_of_limit || now - host->limit_told_at >= LOG_MS) {
        host->told_of_limit = true;
        host->limit_told_at = now;
        log_warn(host->log, "connections are refused, %d: %s", status, reason);
    }
    return (struct admission){status, reason};
}

static struct admission admission_drop(struct host *host)
{
    host->counters.dropped++;
    return (struct admission){ADMISSION_DROP, NULL};
}

static struct admission refuse_address(struct host *host)
{
    host->counters.refused_address++;
    return admission_refuse(host, 429, "Too many connections from this address");
}

static struct admission refuse_too_many(struct host *host)
{
    host->counters.refused_full++;
    return admission_refuse(host, 503, "Too many connections");
}

static struct admission refuse_draining(struct host *host)
{
    host->counters.refused_draining++;
    return (struct admission){503, "Server is shutting down"};
}

static struct admission count_address(
    struct host *host, const char *address, struct address **counted)
{
    size_t max = host->settings.max_per_address;

    *counted = addresses_enter(host->addresses, address);
    size_t connections = address_connections(*counted);
    if (max == 0 || connections <= max)
        return (struct admission){ADMITTED, NULL};
    if (connections <= max + host->settings.max_told)
        return refuse_address(host);
    addresses_leave(host->addresses, *counted);
    *counted = NULL;
    return (struct admission){ADMISSION_DROP, NULL};
}

struct admission admission_of_socket(struct host *host, const char *peer, struct address **counted)
{
    size_t max = host->settings.max_connections;

    *counted = NULL;
    if (host->connection_count >= max + host->settings.max_told)
        return admission_drop(host);
    if (host->draining && !host->drain_user->goes_on)
        return refuse_draining(host);
    if (host->connection_count >= max)
        return refuse_too_many(host);
    /* A proxy's own address does not identify a client, and a Unix socket has none. */
    if (strcmp(peer, "unix") == 0 || is_trusted(host, peer))
        return (struct admission){ADMITTED, NULL};
    struct admission admission = count_address(host, peer, counted);
    return admission.status == ADMISSION_DROP ? admission_drop(host) : admission;
}

static void warn_once(struct host *host, bool *warned, const char *peer, const char *sentence)
{
    if (*warned)
        return;
    *warned = true;
    struct logger log = logger_with(host->log, "peer", peer);
    log_warn(&log, "%s", sentence);
}

/* Whether the request belongs to a session that goes on until the drain closes it. */
static bool goes_on(const struct host *host, const struct http_request *request)
{
    return host->drain_user->goes_on && host->drain_user->goes_on(host->drain_context, request);
}

struct admission admission_of_request(struct host *host, const char *peer,
    const struct http_request *request, char client[PROXIES_ADDRESS_SIZE], struct address **counted)
{
    const char *forwarded = http_request_field(request, HTTP_FIELD_FORWARDED_FOR);

    strcpy(client, peer);
    if (host->draining && !goes_on(host, request))
        return refuse_draining(host);
    if (!is_trusted(host, peer)) {
        if (forwarded)
            warn_once(host, &host->warned_of_foreign_forwarder, peer,
                "X-Forwarded-For is ignored, since this peer is not in trusted_proxies");
        return (struct admission){ADMITTED, NULL};
    }
    if (!forwarded || proxies_client(host->settings.proxies, peer, forwarded, client) == 0) {
        warn_once(host, &host->warned_of_silent_proxy, peer,
            "no usable X-Forwarded-For from this trusted proxy: its clients are not limited by "
            "address");
        return (struct admission){ADMITTED, NULL};
    }
    /* It may have been counted by its own address, before a reload of the configuration. */
    addresses_leave(host->addresses, *counted);
    struct admission admission = count_address(host, client, counted);
    return admission.status == ADMISSION_DROP ? refuse_address(host) : admission;
}
