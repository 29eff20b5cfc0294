#include "gateway/process/listening.h"

static int listen_on(struct server *server, struct inherited *inherited, enum inherited_use use,
    const char *address, struct reason *why)
{
    int fd = inherited_take(inherited, use, address);

    return fd < 0 ? server_listen(server, address, why) : server_adopt(server, fd, address, why);
}

/* Sockets that systemd has made replace the configured ones. */
static int listen_all(struct server *server, struct inherited *inherited, enum inherited_use use,
    const struct config_list *addresses, struct reason *why)
{
    int fd = inherited_take(inherited, use, NULL);

    for (size_t i = 0; fd < 0 && i < addresses->count; i++)
        if (listen_on(server, inherited, use, addresses->items[i], why) < 0)
            return -1;
    for (; fd >= 0; fd = inherited_take(inherited, use, NULL))
        if (server_adopt(server, fd, NULL, why) < 0)
            return -1;
    return 0;
}

static void log_addresses(const struct server *server, const char *what, const struct logger *log)
{
    struct listening_socket socket;

    for (size_t i = 0; server_listening(server, i, &socket); i++)
        log_info(log, "%s on %s%s", what, server_address(server, i),
            socket.address ? "" : ", a socket of systemd's");
}

int listening_begin(
    const struct listening *listening, struct inherited *inherited, struct reason *why)
{
    const struct config *config = listening->config;

    if (listen_all(
            listening->clients, inherited, INHERITED_FOR_CLIENTS, &config->gateway.listen, why) < 0)
        return reason_prefix(why, "listen: ");
    if (listen_all(listening->operators, inherited, INHERITED_FOR_OPERATORS,
            &config->gateway.ops_listen, why) < 0)
        return reason_prefix(why, "ops_listen: ");
    inherited_close(inherited);
    log_addresses(listening->operators, "operations", listening->log);
    log_addresses(listening->clients, "listening", listening->log);
    return 0;
}
