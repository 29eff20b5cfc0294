#include "auth-fcgi/endpoint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth-fcgi/request.h"
#include "auth-fcgi/response.h"
#include "auth-fcgi/revocation.h"
#include "auth-fcgi/session_store.h"
#include "auth-fcgi/source.h"
#include "common/log_pace.h"
#include "common/memory.h"
#include "common/origin.h"
#include "common/token.h"

#define HOST_MAX 1024
/* So many times a minute the log says why a visitor has no session, for the same reason. */
#define REFUSALS_EACH_MINUTE 10

struct endpoint {
    struct settings *settings;
    const struct clock *clock;
    const struct logger *log;
    struct source_context context;
    struct sources *sources; /* NULL where there is a fault */
    struct reason fault;
    struct revocation *revocation;
    struct token_policy policy;
    bool warned_of_proxies;
    struct log_pace refusals;
};

/* One request on its way to its response. */
struct exchange {
    struct endpoint *endpoint;
    struct logger log;
    struct request request;
    struct response response;
    struct buf body;
    enum endpoint_patience patience;
    enum endpoint_result result;
};

struct endpoint *endpoint_new(
    struct settings *settings, const struct clock *clock, const struct logger *log)
{
    struct endpoint *endpoint = mem_zalloc(sizeof(*endpoint));

    endpoint->settings = settings_share(settings);
    endpoint->clock = clock;
    endpoint->log = log;
    endpoint->policy = token_policy_from(&settings->config);
    endpoint->refusals.each = REFUSALS_EACH_MINUTE;
    endpoint->context = (struct source_context){
        &settings->config, &settings->secrets, clock, SESSION_STORE_BUSY_TIMEOUT};
    endpoint->revocation = revocation_new(settings->config.database, clock);
    endpoint->fault = settings->fault;
    if (!*endpoint->fault.text)
        endpoint->sources = sources_open(&endpoint->context, &endpoint->fault);
    return endpoint;
}

const char *endpoint_fault(const struct endpoint *endpoint)
{
    return endpoint->sources ? NULL : endpoint->fault.text;
}

void endpoint_free(struct endpoint *endpoint)
{
    if (!endpoint)
        return;
    sources_close(endpoint->sources);
    revocation_free(endpoint->revocation);
    settings_release(endpoint->settings);
    free(endpoint);
}

int endpoint_describe(struct endpoint *endpoint, struct buf *out)
{
    if (endpoint->sources)
        return sources_describe(endpoint->sources, out);
    buf_addf(out, "%s\n", endpoint->fault.text);
    return -1;
}

static const char *subject_of(const struct endpoint *endpoint, const struct session *session)
{
    bool by_email = strcmp(endpoint->settings->config.auth.subject, "email") == 0;

    return by_email ? session->email : session->user_id;
}

static void claims_fill(
    struct token_claims *claims, const char *subject, const struct session *session)
{
    token_claims_init(claims);
    claims->subject = mem_strdup(subject);
    claims->email = mem_strdup_or_null(session->email);
    claims->name = mem_strdup_or_null(session->name);
    claims->role = mem_strdup_or_null(session->role);
    claims->session = mem_strdup_or_null(session->id);
}

static void write_body(struct buf *body, const struct buf *token, const struct token_claims *claims)
{
    buf_addf(body, "{\"token\":\"%s\",\"expiresIn\":%" PRId64 ",\"userId\":", token->data,
        claims->expires_at - claims->issued_at);
    buf_add_json_string(body, claims->subject, strlen(claims->subject));
    buf_add_char(body, '}');
}

static enum response_kind issue(
    struct exchange *exchange, const char *subject, const struct session *session, int64_t now)
{
    const struct endpoint *endpoint = exchange->endpoint;
    struct token_claims claims;
    struct buf token;
    struct reason why;
    enum response_kind kind = RESPONSE_TOKEN;

    claims_fill(&claims, subject, session);
    buf_init(&token, TOKEN_MAX_OCTETS);
    if (token_issue(&endpoint->policy, &endpoint->settings->secrets, &claims, session->ends_at, now,
            &token, &why) < 0) {
        log_error(&exchange->log, "no token can be made: %s", why.text);
        kind = RESPONSE_MISCONFIGURED;
    } else {
        write_body(&exchange->body, &token, &claims);
        log_debug(&exchange->log, "token made for user %s, good for %" PRId64 " s", subject,
            claims.expires_at - claims.issued_at);
    }
    buf_wipe(&token);
    token_claims_release(&claims);
    return kind;
}

static void wait_ms(int ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

    while (nanosleep(&time, &time) < 0)
        continue;
}

static enum response_kind session_answer(struct exchange *exchange, const struct session *session)
{
    struct reason why;
    const char *subject = subject_of(exchange->endpoint, session);

    if (!subject) {
        log_paced(&exchange->log, LOG_INFO, &exchange->endpoint->refusals,
            "401: the session has no %s, which is the token's subject (subject under [auth])",
            exchange->endpoint->settings->config.auth.subject);
        return RESPONSE_UNAUTHORIZED;
    }
    int delay = revocation_delay(exchange->endpoint->revocation, subject, &why);
    if (delay < 0) {
        log_paced(&exchange->log, LOG_INFO, &exchange->endpoint->refusals, "401: %s", why.text);
        return RESPONSE_UNAUTHORIZED;
    }
    if (delay > 0 && exchange->patience == ENDPOINT_COME_BACK) {
        exchange->result = ENDPOINT_LATER;
        return RESPONSE_UNAVAILABLE;
    }
    int64_t now = (clock_wall_ms(exchange->endpoint->clock) + delay) / 1000;
    if (delay > 0)
        wait_ms(delay);
    exchange->result = ENDPOINT_SIGNED_IN;
    return issue(exchange, subject, session, now);
}

static enum response_kind locked_answer(struct exchange *exchange, const struct reason *why)
{
    exchange->result = exchange->patience == ENDPOINT_COME_BACK ? ENDPOINT_LATER : ENDPOINT_LOCKED;
    if (exchange->result == ENDPOINT_LOCKED)
        log_paced(&exchange->log, LOG_ERROR, &exchange->endpoint->refusals, "503: %s", why->text);
    return RESPONSE_UNAVAILABLE;
}

static enum response_kind visitor_answer(struct exchange *exchange)
{
    struct session session;
    struct reason why = {""};
    enum response_kind kind;

    session_init(&session);
    switch (sources_find(exchange->endpoint->sources, &exchange->request, &session, &why)) {
    case SESSION_FOUND:
        kind = session_answer(exchange, &session);
        break;
    case SESSION_UNAVAILABLE:
        log_paced(&exchange->log, LOG_ERROR, &exchange->endpoint->refusals, "503: %s", why.text);
        kind = RESPONSE_UNAVAILABLE;
        break;
    case SESSION_LOCKED:
        kind = locked_answer(exchange, &why);
        break;
    default:
        log_paced(&exchange->log, LOG_INFO, &exchange->endpoint->refusals, "401: %s", why.text);
        kind = RESPONSE_UNAUTHORIZED;
    }
    session_release(&session);
    return kind;
}

static bool has_port(const char *host)
{
    const char *address = strrchr(host, ']');

    return strchr(address ? address : host, ':') != NULL;
}

/* Of forwarded hosts, one from each proxy, the first is what the browser asked for. Debian's
 * fastcgi_params for nginx leaves the port out of HTTP_HOST: a Host without one may also be that of
 * the port that the web server was asked on. */
static enum origin_verdict origin_judge(
    const struct config_list *allowed, const struct request *request, struct reason *why)
{
    const char *asked = request->host ? request->host : "";
    struct buf host;

    buf_init(&host, HOST_MAX);
    buf_add(&host, asked, strcspn(asked, ", "));
    enum origin_verdict verdict =
        origin_check(allowed, request->origin, host.len > 0 ? host.data : NULL, why);
    if (verdict == ORIGIN_FOREIGN && host.len > 0 && request->port && !has_port(host.data)) {
        buf_addf(&host, ":%s", request->port);
        verdict = origin_check(allowed, request->origin, host.data, why);
    }
    buf_release(&host);
    return verdict;
}

/* Whether the page that asks may. Sets the header that a listed one earns. */
static bool origin_passes(struct exchange *exchange)
{
    struct reason why;
    const struct request *request = &exchange->request;

    switch (origin_judge(&exchange->endpoint->settings->config.allowed_origins, request, &why)) {
    case ORIGIN_LISTED:
        exchange->response.origin = request->origin;
        return true;
    case ORIGIN_FOREIGN:
        if (!request->host)
            reason_prefix(&why, "the web server passes no host (HTTP_HOST; nginx has no $http_host "
                                "under HTTP/3: pass $host:$server_port then), so that no page is "
                                "the site's own: ");
        log_paced(&exchange->log, LOG_INFO, &exchange->endpoint->refusals, "403: %s", why.text);
        return false;
    default:
        return true;
    }
}

/* Said once: it is the sort of mistake that is there for every request. */
static void warn_of_proxies(struct exchange *exchange)
{
    struct endpoint *endpoint = exchange->endpoint;

    if (!exchange->request.forwarded_ignored || endpoint->warned_of_proxies)
        return;
    endpoint->warned_of_proxies = true;
    log_warn(&exchange->log,
        "X-Forwarded-Host or -Proto from %s does not count, as it is none of trusted_proxies; "
        "where it is your proxy, add it there",
        exchange->request.remote_address ? exchange->request.remote_address
                                         : "an address that REMOTE_ADDR does not tell");
}

static enum response_kind answer(struct exchange *exchange)
{
    const struct endpoint *endpoint = exchange->endpoint;

    warn_of_proxies(exchange);
    if (!origin_passes(exchange))
        return RESPONSE_FOREIGN_ORIGIN;
    if (exchange->request.method == METHOD_OTHER)
        return RESPONSE_BAD_METHOD;
    if (exchange->request.method == METHOD_OPTIONS)
        return RESPONSE_PREFLIGHT;
    if (!endpoint->sources) {
        log_paced(&exchange->log, LOG_ERROR, &exchange->endpoint->refusals, "500: %s",
            endpoint->fault.text);
        return RESPONSE_MISCONFIGURED;
    }
    return visitor_answer(exchange);
}

enum endpoint_result endpoint_answer(struct endpoint *endpoint, char *const *parameters, long body,
    enum endpoint_patience patience, struct buf *out)
{
    struct exchange exchange = {.endpoint = endpoint, .log = *endpoint->log, .patience = patience};
    struct reason why;

    endpoint->context.busy_timeout = patience == ENDPOINT_WAIT ? SESSION_STORE_BUSY_TIMEOUT : 0;
    int status =
        request_read(&exchange.request, parameters, body, endpoint->settings->proxies, &why);
    if (exchange.request.remote_address)
        exchange.log = logger_with(endpoint->log, "client", exchange.request.remote_address);
    buf_init(&exchange.body, RESPONSE_MAX);
    if (status == 0) {
        exchange.response.kind = answer(&exchange);
    } else {
        exchange.response.kind = response_kind_of(status);
        log_paced(&exchange.log, LOG_INFO, &endpoint->refusals, "%d: %s", status, why.text);
    }
    exchange.response.head = exchange.request.method == METHOD_HEAD;
    exchange.response.body = &exchange.body;
    if (exchange.result != ENDPOINT_LATER)
        response_write(&exchange.response, out);
    buf_wipe(&exchange.body);
    return exchange.result;
}

void endpoint_answer_misconfigured(struct buf *out)
{
    const struct response response = {.kind = RESPONSE_MISCONFIGURED};

    response_write(&response, out);
}
