#include "gateway/framing/framings.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/framing/candidate.h"
#include "gateway/framing/carrier_websocket.h"
#include "gateway/framing/cors.h"
#include "gateway/framing/directory.h"
#include "gateway/framing/engineio.h"
#include "gateway/framing/events_request.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/polling_request.h"
#include "gateway/framing/seal.h"
#include "gateway/framing/session.h"
#include "gateway/framing/upgrade.h"

#define ROUTES_MAX 8

struct framings {
    struct peers peers;
    struct framings_route {
        const char *path;
        unsigned transports; /* bits of enum transport */
        const struct framing *framing;
    } routes[ROUTES_MAX];
    size_t route_count;
};

/* The transports that are plain HTTP requests. `request` is given each request for one, of any
 * method but OPTIONS, once its origin is allowed: it answers the exchange or takes it on, or
 * refuses the candidate and returns false. */
static const struct {
    enum transport transport;
    bool (*request)(struct candidate *candidate, const struct framing *framing);
} plain_transports[] = {
    {TRANSPORT_POLLING, polling_request},
    {TRANSPORT_EVENTS, events_request},
};

static const struct candidate_refusal not_found = {
    .status = 404,
    .body = "{\"error\":\"Not found\"}",
    .log =
        "request refused, 404: its path is neither socketio_path nor websocket_path nor "
        "events_path, or `transports` leaves it out; a web server in front has to pass the path on "
        "as it is",
};

/* By default, nginx uses HTTP/1.0 with its upstreams. */
static const struct candidate_refusal old_version = {
    .status = 505,
    .body = "{\"error\":\"HTTP version 1.1 wanted: a web server in front has to ask by it (nginx: "
            "proxy_http_version 1.1)\"}",
    .log = "request refused, 505: HTTP version 1.1 wanted: a web server in front has to ask by it "
           "(nginx: proxy_http_version 1.1)",
};

void framings_settings_update(struct framings *framings, const struct framing_settings *settings)
{
    const struct framings_route routes[] = {
        {settings->socketio_path, TRANSPORT_WEBSOCKET | TRANSPORT_POLLING, &socketio_framing},
        {settings->websocket_path, TRANSPORT_WEBSOCKET, &plain_framing},
        {settings->events_path, TRANSPORT_EVENTS, &plain_framing},
    };

    framings->peers.settings = *settings;
    memcpy(framings->routes, routes, sizeof(routes));
}

struct framings *framings_new(struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct framing_settings *settings,
    const struct peer_owner *owner, void *owner_context)
{
    struct framings *framings = mem_zalloc(sizeof(*framings));

    framings->peers.wheel = wheel;
    framings->peers.clock = clock;
    framings->peers.log = log;
    framings->peers.pace.each = 1;
    framings->peers.owner = owner;
    framings->peers.owner_context = owner_context;
    framings->peers.seal = seal_new();
    framings->peers.directory = directory_new();
    framings->route_count = 3;
    framings_settings_update(framings, settings);
    return framings;
}

void framings_free(struct framings *framings)
{
    if (!framings)
        return;
    directory_free(framings->peers.directory);
    seal_free(framings->peers.seal);
    session_index_release(&framings->peers.sessions);
    free(framings);
}

void framings_add_route(
    struct framings *framings, const char *path, unsigned transports, const struct framing *framing)
{
    if (framings->route_count == ROUTES_MAX)
        abort();
    framings->routes[framings->route_count++] = (struct framings_route){path, transports, framing};
}

const struct framing_counters *framings_counters(const struct framings *framings)
{
    return &framings->peers.counters;
}

const struct directory_counters *framings_directory_counters(const struct framings *framings)
{
    return directory_counters(framings->peers.directory);
}

static size_t len_without_slash(const char *path)
{
    size_t len = strlen(path);

    return len > 1 && path[len - 1] == '/' ? len - 1 : len;
}

/* Clients write "/socket.io/" or "/socket.io" (addTrailingSlash: false): both are accepted. */
static bool is_path(const char *asked, const char *path)
{
    size_t len = len_without_slash(path);

    return len_without_slash(asked) == len && memcmp(asked, path, len) == 0;
}

static const struct framings_route *route_at(const struct framings *framings, const char *path)
{
    for (size_t i = 0; i < framings->route_count; i++)
        if (is_path(path, framings->routes[i].path))
            return &framings->routes[i];
    return NULL;
}

/* Where a path serves polling too, the query says which transport is meant. */
static enum transport asked_transport(
    const struct candidate *candidate, const struct framings_route *route)
{
    char value[16];
    const char *word = candidate_parameter(candidate, "transport", value, sizeof(value));

    if (!(route->transports & TRANSPORT_POLLING))
        return (enum transport)route->transports;
    return word && strcmp(word, "polling") == 0 ? TRANSPORT_POLLING : TRANSPORT_WEBSOCKET;
}

static bool candidate_refuse_path(struct candidate *candidate)
{
    candidate->peers->counters.refused_path++;
    return candidate_refuse(candidate, &not_found);
}

static bool is_served(const struct candidate *candidate, enum transport transport)
{
    return (candidate->peers->settings.transports & transport) != 0;
}

/* The settings leave the transport out. */
static bool candidate_refuse_transport(
    struct candidate *candidate, const struct framings_route *route, enum transport transport)
{
    if (!(route->transports & TRANSPORT_POLLING))
        return candidate_refuse_path(candidate);
    if (transport == TRANSPORT_POLLING)
        candidate->peers->counters.refused_polling++;
    return candidate_refuse(candidate, &engineio_unserved);
}

/* Begins a session on the candidate's WebSocket. */
static void candidate_begin_session(struct candidate *candidate, const struct framing *framing)
{
    struct connection *connection = exchange_connection(candidate->exchange);
    struct peer *peer = session_new(candidate->peers, framing, carrier_websocket(connection),
        connection_number(connection), candidate->token);

    exchange_upgrade(candidate->exchange, &carrier_websocket_connections, session_as_owner(peer),
        candidate->protocol);
}

static bool serve_websocket(struct candidate *candidate, const struct framing *framing)
{
    if (http_request_is_old(candidate->request))
        return candidate_refuse(candidate, &old_version);
    if (!exchange_check_get(candidate->exchange))
        return true;
    if (!framing->admit(candidate) || !upgrade_admit(candidate))
        return false;
    if (!http_request_is_websocket(candidate->request))
        return candidate_refuse(candidate, framing->no_upgrade);
    if (candidate_origin(candidate) == ORIGIN_FOREIGN)
        return candidate_refuse(candidate, framing->foreign_origin);
    if (candidate->sid[0] != '\0')
        upgrade_request(candidate);
    else
        candidate_begin_session(candidate, framing);
    return true;
}

static bool serve_plain(
    struct candidate *candidate, const struct framings_route *route, enum transport transport)
{
    size_t i = 0;

    if (!cors_admit(candidate, route->framing->foreign_origin))
        return false;
    if (!is_served(candidate, transport))
        return candidate_refuse_transport(candidate, route, transport);
    while (plain_transports[i].transport != transport)
        i++;
    /* nginx asks for polls by HTTP/1.0; for a stream it would not tell when it ends. */
    if (transport == TRANSPORT_EVENTS && http_request_is_old(candidate->request))
        return candidate_refuse(candidate, &old_version);
    if (http_request_method(candidate->request) != METHOD_OPTIONS)
        return plain_transports[i].request(candidate, route->framing);
    cors_answer_options(candidate);
    return true;
}

/* Serves the request by the transport that it asks for; false: refused. */
static bool candidate_serve(struct candidate *candidate, const struct framings_route *route)
{
    enum transport transport;

    if (!route)
        return candidate_refuse_path(candidate);
    transport = asked_transport(candidate, route);
    if (transport != TRANSPORT_WEBSOCKET)
        return serve_plain(candidate, route, transport);
    if (!is_served(candidate, transport))
        return candidate_refuse_transport(candidate, route, transport);
    return serve_websocket(candidate, route->framing);
}

static void candidate_answer(struct candidate *candidate)
{
    const struct candidate_refusal *refusal = candidate->refusal;

    if (refusal->log)
        candidate_log(candidate, "%s", refusal->log);
    exchange_answer(candidate->exchange,
        &(struct http_answer){.status = refusal->status, .body = refusal->body, .close = true});
    candidate_set_token(candidate, NULL, 0);
}

size_t framings_sessions(const struct framings *framings)
{
    return framings->peers.sessions.count;
}

const struct peer *framings_session_after(const struct framings *framings, uint64_t number)
{
    return session_index_after(&framings->peers.sessions, number);
}

void framings_close(struct framings *framings, size_t count, int code, const char *reason)
{
    directory_close(framings->peers.directory, count, code, reason);
}

void framings_end(struct framings *framings)
{
    directory_end(framings->peers.directory);
}

bool framings_goes_on(const struct framings *framings, const struct http_request *request)
{
    const struct framings_route *route = route_at(framings, http_request_path(request));
    char value[256];

    if (!route || http_request_is_websocket(request))
        return false;
    if (route->transports & TRANSPORT_POLLING)
        return http_request_parameter(request, "sid", value, sizeof(value)) != NULL;
    /* A GET begins an event stream, whatever its query. */
    return route->transports & TRANSPORT_EVENTS && http_request_method(request) == METHOD_POST &&
           http_request_parameter(request, "session", value, sizeof(value)) != NULL;
}

static struct candidate candidate_of(struct framings *framings, struct exchange *exchange)
{
    return (struct candidate){
        .peers = &framings->peers, .exchange = exchange, .request = exchange_request(exchange)};
}

void framings_request(void *context, struct exchange *exchange)
{
    struct framings *framings = context;
    struct candidate candidate = candidate_of(framings, exchange);

    if (!candidate_serve(&candidate, route_at(framings, http_request_path(candidate.request))))
        candidate_answer(&candidate);
}

void framings_refusing(void *context, struct exchange *exchange)
{
    struct framings *framings = context;
    struct candidate candidate = candidate_of(framings, exchange);
    const struct framings_route *route = route_at(framings, http_request_path(candidate.request));

    if (!route || asked_transport(&candidate, route) == TRANSPORT_WEBSOCKET)
        return;
    if (http_request_method(candidate.request) == METHOD_OPTIONS)
        framings_request(framings, exchange);
    else if (!cors_admit(&candidate, route->framing->foreign_origin))
        candidate_answer(&candidate);
}
