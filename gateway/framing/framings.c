/* The framings as one: which is asked for, and who may ask. Declared in peer.h and framing.h. */
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/origin.h"
#include "common/proxies.h"
#include "common/random.h"
#include "gateway/framing/framing.h"
#include "gateway/net/http_request.h"

#define LOG_LINE_SIZE 1024
#define KEY_SIZE 32

static const struct refusal not_found = {
    .status = 404,
    .body = "{\"error\":\"Not found\"}",
    .log =
        "request refused, 404: its path is neither socketio_path nor websocket_path; a web server "
        "in front has to pass the path on as it is",
};

static void set_route(
    struct framings *framings, size_t number, const char *path, const struct framing *framing)
{
    framings->routes[number] = (struct framings_route){path, framing};
}

void framings_settings_update(struct framings *framings, const struct framing_settings *settings)
{
    framings->settings = *settings;
    set_route(framings, 0, settings->socketio_path, &socketio_framing);
    set_route(framings, 1, settings->websocket_path, &plain_framing);
}

/* Kept, since to make one costs several times what a tag does. */
static EVP_MAC_CTX *mac_new(void)
{
    unsigned char key[KEY_SIZE];

    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

    random_octets(key, sizeof(key));
    if (!mac || !EVP_MAC_init(mac, key, sizeof(key), parameters))
        abort();
    mem_wipe(key, sizeof(key));
    EVP_MAC_free(hmac);
    return mac;
}

struct framings *framings_new(struct wheel *wheel, const struct clock *clock,
    const struct logger *log, const struct framing_settings *settings,
    const struct peer_owner *owner, void *owner_context)
{
    struct framings *framings = mem_zalloc(sizeof(*framings));

    framings->wheel = wheel;
    framings->clock = clock;
    framings->log = log;
    framings->owner = owner;
    framings->owner_context = owner_context;
    framings->pace.each = 1;
    framings->route_count = 2;
    framings_settings_update(framings, settings);
    framings->mac = mac_new();
    return framings;
}

void framings_free(struct framings *framings)
{
    if (framings)
        EVP_MAC_CTX_free(framings->mac);
    free(framings);
}

void framings_add_route(struct framings *framings, const char *path, const struct framing *framing)
{
    if (framings->route_count == FRAMINGS_ROUTES_MAX)
        abort();
    set_route(framings, framings->route_count++, path, framing);
}

const struct framing_counters *framings_counters(const struct framings *framings)
{
    return &framings->counters;
}

void framings_log(
    struct framings *framings, const struct connection *connection, const char *format, ...)
{
    char number[24], line[LOG_LINE_SIZE];
    va_list args;

    snprintf(number, sizeof(number), "%llu", (unsigned long long)connection_number(connection));
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    struct logger conn = logger_with(framings->log, "conn", number);
    struct logger log = logger_with(&conn, "address", connection_address(connection));
    log_paced(&log, LOG_INFO, &framings->pace, "%s", line);
}

static size_t len_without_slash(const char *path)
{
    size_t len = strlen(path);

    return len > 1 && path[len - 1] == '/' ? len - 1 : len;
}

/* Clients write "/socket.io/" and "/socket.io" (addTrailingSlash: false): one is as good as the
 * other. */
static bool is_path(const char *asked, const char *path)
{
    size_t len = len_without_slash(path);

    return len_without_slash(asked) == len && memcmp(asked, path, len) == 0;
}

static const struct framing *find_framing(const struct framings *framings, const char *path)
{
    for (size_t i = 0; i < framings->route_count; i++)
        if (is_path(path, framings->routes[i].path))
            return framings->routes[i].framing;
    return NULL;
}

/* The host that the page's origin is compared with. A proxy of ours tells which one was asked;
 * where several did, the first is the one that the browser saw. */
static char *asked_host(const struct candidate *candidate)
{
    const char *forwarded = http_request_field(candidate->request, HTTP_FIELD_FORWARDED_HOST);
    const struct proxies *proxies = candidate->framings->settings.proxies;

    if (!forwarded ||
        !proxies_trust(proxies, connection_peer(exchange_connection(candidate->exchange))))
        return mem_strdup_or_null(http_request_field(candidate->request, HTTP_FIELD_HOST));
    size_t len = strcspn(forwarded, ",");
    while (len > 0 && forwarded[len - 1] == ' ')
        len--;
    return mem_strndup(forwarded, len);
}

static bool origin_is_allowed(struct candidate *candidate)
{
    const char *origin = http_request_field(candidate->request, HTTP_FIELD_ORIGIN);
    char *host = asked_host(candidate);
    struct reason why;
    bool allowed = origin_check(candidate->framings->settings.allowed_origins, origin, host,
                       &why) != ORIGIN_FOREIGN;

    if (!allowed) {
        candidate->framings->counters.refused_origin++;
        framings_log(candidate->framings, exchange_connection(candidate->exchange),
            "connection refused: %s", why.text);
    }
    free(host);
    return allowed;
}

/* HTTP/1.0 is what nginx asks its upstreams by unless told otherwise. */
static const struct refusal old_version = {
    .status = 505,
    .body = "{\"error\":\"HTTP version 1.1 wanted: a web server in front has to ask by it (nginx: "
            "proxy_http_version 1.1)\"}",
    .log = "request refused, 505: HTTP version 1.1 wanted: a web server in front has to ask by it "
           "(nginx: proxy_http_version 1.1)",
};

static bool admit(struct candidate *candidate, const struct framing *framing)
{
    if (!framing) {
        candidate->framings->counters.refused_path++;
        return candidate_refuse(candidate, &not_found);
    }
    if (!framing->admit(candidate))
        return false;
    if (!http_request_is_websocket(candidate->request))
        return candidate_refuse(candidate, framing->no_upgrade);
    return origin_is_allowed(candidate) || candidate_refuse(candidate, framing->foreign_origin);
}

static void answer_refusal(struct candidate *candidate)
{
    const struct refusal *refusal = candidate->refusal;

    if (refusal->log)
        framings_log(
            candidate->framings, exchange_connection(candidate->exchange), "%s", refusal->log);
    exchange_answer(candidate->exchange,
        &(struct http_answer){.status = refusal->status, .body = refusal->body, .close = true});
    candidate_set_token(candidate, NULL, 0);
}

void framings_request(void *context, struct exchange *exchange)
{
    struct framings *framings = context;
    struct candidate candidate = {
        .framings = framings, .exchange = exchange, .request = exchange_request(exchange)};

    if (http_request_is_old(candidate.request))
        candidate_refuse(&candidate, &old_version);
    else if (!exchange_check_get(exchange))
        return;
    const struct framing *framing = find_framing(framings, http_request_path(candidate.request));
    if (candidate.refusal || !admit(&candidate, framing)) {
        answer_refusal(&candidate);
        return;
    }
    exchange_upgrade(exchange, &peer_connection_owner,
        peer_new(framings, framing, exchange_connection(exchange), candidate.token),
        candidate.protocol);
}
