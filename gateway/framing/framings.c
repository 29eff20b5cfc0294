#include "gateway/framing/framings.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/framing/candidate.h"
#include "gateway/framing/carrier_websocket.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/seal.h"
#include "gateway/framing/session.h"

#define ROUTES_MAX 4

struct framings {
    struct peers peers;
    struct framings_route {
        const char *path;
        const struct framing *framing;
    } routes[ROUTES_MAX];
    size_t route_count;
};

static const struct candidate_refusal not_found = {
    .status = 404,
    .body = "{\"error\":\"Not found\"}",
    .log =
        "request refused, 404: its path is neither socketio_path nor websocket_path; a web server "
        "in front has to pass the path on as it is",
};

/* By default, nginx uses HTTP/1.0 with its upstreams. */
static const struct candidate_refusal old_version = {
    .status = 505,
    .body = "{\"error\":\"HTTP version 1.1 wanted: a web server in front has to ask by it (nginx: "
            "proxy_http_version 1.1)\"}",
    .log = "request refused, 505: HTTP version 1.1 wanted: a web server in front has to ask by it "
           "(nginx: proxy_http_version 1.1)",
};

static void route_set(
    struct framings *framings, size_t number, const char *path, const struct framing *framing)
{
    framings->routes[number] = (struct framings_route){path, framing};
}

void framings_settings_update(struct framings *framings, const struct framing_settings *settings)
{
    framings->peers.settings = *settings;
    route_set(framings, 0, settings->socketio_path, &socketio_framing);
    route_set(framings, 1, settings->websocket_path, &plain_framing);
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
    framings->route_count = 2;
    framings_settings_update(framings, settings);
    return framings;
}

void framings_free(struct framings *framings)
{
    if (framings)
        seal_free(framings->peers.seal);
    free(framings);
}

void framings_add_route(struct framings *framings, const char *path, const struct framing *framing)
{
    if (framings->route_count == ROUTES_MAX)
        abort();
    route_set(framings, framings->route_count++, path, framing);
}

const struct framing_counters *framings_counters(const struct framings *framings)
{
    return &framings->peers.counters;
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

static const struct framing *framing_at(const struct framings *framings, const char *path)
{
    for (size_t i = 0; i < framings->route_count; i++)
        if (is_path(path, framings->routes[i].path))
            return framings->routes[i].framing;
    return NULL;
}

static bool candidate_admit(struct candidate *candidate, const struct framing *framing)
{
    if (!framing) {
        candidate->peers->counters.refused_path++;
        return candidate_refuse(candidate, &not_found);
    }
    if (!framing->admit(candidate))
        return false;
    if (!http_request_is_websocket(candidate->request))
        return candidate_refuse(candidate, framing->no_upgrade);
    return candidate_origin_is_allowed(candidate) ||
           candidate_refuse(candidate, framing->foreign_origin);
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

/* Begins a session on the candidate's WebSocket. */
static void candidate_begin_session(struct candidate *candidate, const struct framing *framing)
{
    struct connection *connection = exchange_connection(candidate->exchange);
    struct peer *peer = session_new(candidate->peers, framing, carrier_websocket(connection),
        connection_number(connection), candidate->token);

    exchange_upgrade(candidate->exchange, &carrier_websocket_connections, session_as_owner(peer),
        candidate->protocol);
}

void framings_request(void *context, struct exchange *exchange)
{
    struct framings *framings = context;
    struct candidate candidate = {
        .peers = &framings->peers, .exchange = exchange, .request = exchange_request(exchange)};
    const struct framing *framing = framing_at(framings, http_request_path(candidate.request));

    if (http_request_is_old(candidate.request))
        candidate_refuse(&candidate, &old_version);
    else if (!exchange_check_get(exchange))
        return;
    if (!candidate.refusal && candidate_admit(&candidate, framing))
        candidate_begin_session(&candidate, framing);
    else
        candidate_answer(&candidate);
}
