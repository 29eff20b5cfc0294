#include "gateway/setup.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/database_url.h"
#include "common/memory.h"

#define CLOSE_TIMEOUT_MS 5000
/* The gateway's own descriptors: the database and the sessions, their locks and watches, the loop
 * and the log. */
#define OWN_DESCRIPTORS 40
/* Of the remaining descriptors, one in SHARE goes to operators, and one in SHARE to connections
 * that are refused because there are too many; at most so many. */
#define SHARE 8
#define OPERATORS_MAX 32
#define TOLD_MAX 64

static void warn(void *context, const char *sentence)
{
    const struct logger *log = context;

    if (log)
        log_warn(log, "%s", sentence);
}

struct setup *setup_load(const char *config_path, const struct logger *log, struct reason *why)
{
    struct setup *setup = mem_zalloc(sizeof(*setup));

    if (config_load(&setup->config, config_path, warn, (void *)log, why) < 0) {
        free(setup);
        return NULL;
    }
    if (secrets_load(&setup->secrets, &setup->config, why) == 0) {
        setup->session_database = config_session_path(&setup->config);
        setup->session_shown = database_url_shown(setup->session_database);
        setup->database_shown = database_url_shown(setup->config.database);
        setup->proxies = proxies_new(&setup->config.trusted_proxies, why);
        if (setup->proxies)
            return setup;
    }
    setup_free(setup);
    return NULL;
}

void setup_free(struct setup *setup)
{
    if (!setup)
        return;
    proxies_free(setup->proxies);
    free(setup->session_database);
    free(setup->session_shown);
    free(setup->database_shown);
    secrets_release(&setup->secrets);
    config_release(&setup->config);
    free(setup);
}

struct server_settings setup_server(const struct setup *setup)
{
    const struct config *config = &setup->config;
    struct setup_descriptors fit = setup_descriptors(setup);
    size_t wanted = (size_t)config->gateway.max_connections;

    return (struct server_settings){
        .max_connections = wanted > 0 && wanted < fit.users ? wanted : fit.users,
        .max_told = fit.told,
        .max_per_address = (size_t)config->gateway.max_connections_per_address,
        .max_message = (size_t)config->gateway.max_message,
        .max_buffer = (size_t)config->gateway.max_buffer,
        .stall_timeout_ms = config->gateway.ping_timeout,
        .request_timeout_ms = config->gateway.auth_timeout,
        .close_timeout_ms = CLOSE_TIMEOUT_MS,
        .proxies = setup->proxies,
    };
}

static unsigned transports(const struct config_list *words)
{
    static const struct {
        const char *word;
        enum transport transport;
    } names[] = {{"websocket", TRANSPORT_WEBSOCKET}, {"polling", TRANSPORT_POLLING},
        {"events", TRANSPORT_EVENTS}};
    unsigned bits = 0;

    for (size_t i = 0; i < words->count; i++)
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
            if (strcmp(words->items[i], names[j].word) == 0)
                bits |= names[j].transport;
    return bits;
}

struct framing_settings setup_framings(const struct setup *setup)
{
    const struct config *config = &setup->config;
    struct server_settings server = setup_server(setup);

    return (struct framing_settings){
        .socketio_path = config->gateway.socketio_path,
        .websocket_path = config->gateway.websocket_path,
        .events_path = config->gateway.events_path,
        .transports = transports(&config->gateway.transports),
        .ping_interval_ms = config->gateway.ping_interval,
        .ping_timeout_ms = config->gateway.ping_timeout,
        .connect_timeout_ms = config->gateway.auth_timeout,
        .close_timeout_ms = server.close_timeout_ms,
        .max_buffer = server.max_buffer,
        .max_sessions = server.max_connections,
        .max_sessions_per_address = server.max_per_address,
        .max_message = (size_t)config->gateway.max_message,
        .allow_query_token = config->gateway.allow_query_token,
        .binary = false,
        .allowed_origins = &config->allowed_origins,
        .proxies = setup->proxies,
    };
}

static enum presence_scope presence_scope(const char *word)
{
    if (strcmp(word, "everyone") == 0)
        return PRESENCE_EVERYONE;
    return strcmp(word, "off") == 0 ? PRESENCE_OFF : PRESENCE_SHARED;
}

struct realtime_settings setup_realtime(const struct setup *setup)
{
    const struct config *config = &setup->config;

    return (struct realtime_settings){
        .policy = token_policy_from(config),
        .secrets = &setup->secrets,
        .auto_subscribe = &config->gateway.auto_subscribe,
        .max_topics = (size_t)config->gateway.max_topics,
        .max_connections_per_user = (size_t)config->gateway.max_connections_per_user,
        .rate = {(uint32_t)config->gateway.rate, (uint32_t)config->gateway.burst},
        .delivery_window = (size_t)config->queue.delivery_window,
        .delivery_bytes = (size_t)config->gateway.max_buffer / 2,
        .confirm_timeout_ms = config->gateway.ping_timeout,
        .max_buffer = (size_t)config->gateway.max_buffer,
        .drain_ms = config->gateway.drain,
        .presence_scope = presence_scope(config->gateway.presence_scope),
        .presence_grace_ms = config->gateway.presence_grace,
    };
}

struct store_settings setup_store(const struct setup *setup, const char *instance)
{
    const struct config *config = &setup->config;
    struct store_settings settings = {
        .database = config->database,
        .database_shown = setup->database_shown,
        .instance = instance,
        .synchronous = config->queue.synchronous,
        .is_polled = !config->queue.notify,
        .poll_interval_ms = config->queue.poll_interval,
        .retain_days = config->queue.retain_days,
        .retain_messages_days = config->queue.retain_messages_days,
        .session_database = setup->session_database,
        .session_shown = setup->session_shown,
        .session_sources = &config->auth.session_sources,
        .session_check_ms = config->gateway.session_check,
    };

    return settings;
}

static size_t descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur == RLIM_INFINITY ? 1u << 20 : (size_t)limit.rlim_cur;
}

static size_t share_of(size_t left, size_t max)
{
    size_t share = 1 + left / SHARE;

    return share < max ? share : max;
}

/* The additional one is for a connection that is accepted only to be dropped. */
struct setup_descriptors setup_descriptors(const struct setup *setup)
{
    const struct config *config = &setup->config;
    size_t own =
        OWN_DESCRIPTORS + config->gateway.listen.count + config->gateway.ops_listen.count + 1;
    size_t limit = descriptor_limit();
    size_t left = limit > own + SHARE ? limit - own : SHARE;
    struct setup_descriptors fit = {
        .told = share_of(left, TOLD_MAX), .operators = share_of(left, OPERATORS_MAX)};

    fit.users = left - fit.told - fit.operators;
    return fit;
}
