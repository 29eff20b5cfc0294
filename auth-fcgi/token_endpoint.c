#include "auth-fcgi/token_endpoint.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth-fcgi/auth_response.h"
#include "auth-fcgi/auth_settings.h"
#include "auth-fcgi/credentials.h"
#include "auth-fcgi/revocation.h"
#include "auth-fcgi/session_store.h"
#include "auth-fcgi/sources.h"
#include "auth-fcgi/token_cookie.h"
#include "common/container_of.h"
#include "common/log_pace.h"
#include "common/memory.h"
#include "common/origin.h"
#include "common/sandbox_policy.h"
#include "common/token.h"

/* Bodies are of no use here. */
#define BODY_MAX 65536
#define HOST_MAX 1024
/* The log says this many times a minute that visitors are refused for one and the same reason. */
#define REFUSALS_EACH_MINUTE 10

struct token_endpoint {
    struct endpoint endpoint;
    const struct endpoint_context *context;
    const struct auth_settings *settings;
    struct source_context source_context;
    struct sources *sources; /* NULL where there is a fault */
    struct reason fault;
    struct revocation *revocation;
    struct token_policy policy;
    struct log_pace refusals;
};

/* A request on its way to its response. */
struct token_request {
    struct token_endpoint *endpoint;
    const struct cgi_request *request;
    const struct logger *log;
    enum endpoint_patience patience;
    struct credentials credentials;
    struct buf cookie;
    struct buf body;
    const char *listed_origin; /* where the page that asks is among allowed_origins */
    enum endpoint_result result;
};

static struct token_endpoint *token_endpoint_of(struct endpoint *endpoint)
{
    return container_of(endpoint, struct token_endpoint, endpoint);
}

static const char *subject_of(const struct token_endpoint *endpoint, const struct session *session)
{
    bool by_email = strcmp(endpoint->context->config->auth.subject, "email") == 0;

    return by_email ? session->email : session->user_id;
}

static char *text_take(char **text)
{
    char *taken = *text;

    *text = NULL;
    return taken;
}

/* Takes the texts over from the session. */
static void claims_fill(struct token_claims *claims, const char *subject, struct session *session)
{
    token_claims_init(claims);
    claims->subject = mem_strdup(subject);
    claims->email = text_take(&session->email);
    claims->name = text_take(&session->name);
    claims->role = text_take(&session->role);
    claims->session = text_take(&session->id);
    claims->session_token = text_take(&session->token);
}

static void hand_out(
    struct token_request *request, const struct buf *token, const struct token_claims *claims)
{
    const struct config *config = request->endpoint->context->config;
    int64_t lifetime = claims->expires_at - claims->issued_at;
    struct buf *body = &request->body;

    buf_add_text(body, "{\"token\":\"");
    buf_add(body, token->data, token->len);
    buf_add_text(body, "\",\"expiresIn\":");
    buf_add_number(body, lifetime);
    buf_add_text(body, ",\"userId\":");
    buf_add_json_string(body, claims->subject, strlen(claims->subject));
    buf_add_char(body, '}');
    if (token_cookie_wanted(request->request))
        token_cookie_add(&request->cookie, token, config->gateway.events_path, lifetime,
            request->request->https);
}

/* `now` is in Unix seconds. */
static enum auth_response_kind issue(
    struct token_request *request, const char *subject, struct session *session, int64_t now)
{
    const struct token_endpoint *endpoint = request->endpoint;
    struct token_claims claims;
    struct buf token;
    struct reason why;
    enum auth_response_kind kind = AUTH_TOKEN;

    claims_fill(&claims, subject, session);
    buf_init(&token, TOKEN_MAX_OCTETS);
    if (token_issue(&endpoint->policy, &endpoint->settings->secrets, &claims, session->ends_at, now,
            &token, &why) < 0) {
        log_error(request->log, "no token can be issued: %s", why.text);
        kind = AUTH_MISCONFIGURED;
    } else {
        hand_out(request, &token, &claims);
        log_debug(request->log, "token issued to user %s, valid for %" PRId64 " s", claims.subject,
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

/* Right after a revocation, even a session that is still good has to wait (revocation.h). */
static enum auth_response_kind session_answer(
    struct token_request *request, struct session *session)
{
    struct token_endpoint *endpoint = request->endpoint;
    struct reason why;
    const char *subject = subject_of(endpoint, session);

    if (!subject) {
        log_paced(request->log, LOG_INFO, &endpoint->refusals,
            "401: the session has no %s, which is the subject of tokens (subject under [auth])",
            endpoint->context->config->auth.subject);
        return AUTH_UNAUTHORIZED;
    }
    int delay = revocation_delay(endpoint->revocation, subject, &why);
    if (delay < 0) {
        log_paced(request->log, LOG_INFO, &endpoint->refusals, "401: %s", why.text);
        return AUTH_UNAUTHORIZED;
    }
    if (delay > 0 && request->patience == ENDPOINT_MAY_DEFER) {
        request->result = ENDPOINT_DEFERRED;
        return AUTH_UNAVAILABLE;
    }
    int64_t now = (clock_wall_ms(endpoint->context->clock) + delay) / 1000;
    if (delay > 0)
        wait_ms(delay);
    request->result = ENDPOINT_AVAILABLE;
    return issue(request, subject, session, now);
}

static enum auth_response_kind visitor_answer(struct token_request *request)
{
    struct log_pace *pace = &request->endpoint->refusals;
    struct session session;
    struct reason why = {""};
    enum auth_response_kind kind = AUTH_UNAVAILABLE;

    session_init(&session);
    enum session_verdict verdict =
        sources_find(request->endpoint->sources, &request->credentials, &session, &why);
    if (verdict == SESSION_FOUND) {
        kind = session_answer(request, &session);
    } else if (verdict == SESSION_LOCKED && request->patience == ENDPOINT_MAY_DEFER) {
        request->result = ENDPOINT_DEFERRED;
    } else if (verdict == SESSION_LOCKED || verdict == SESSION_UNAVAILABLE) {
        log_paced(request->log, LOG_ERROR, pace, "503: %s", why.text);
        if (verdict == SESSION_LOCKED)
            request->result = ENDPOINT_BUSY;
    } else {
        log_paced(request->log, LOG_INFO, pace, "401: %s", why.text);
        kind = AUTH_UNAUTHORIZED;
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
 * fastcgi_params for nginx leaves the port out of HTTP_HOST, so a Host without one may also stand
 * for the port on which the web server was asked. */
static enum origin_verdict origin_judge(
    const struct config_list *allowed, const struct cgi_request *request, struct reason *why)
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

/* Whether the page that asks may have a token. */
static bool origin_passes(struct token_request *request)
{
    struct reason why;
    const struct config *config = request->endpoint->context->config;

    switch (origin_judge(&config->allowed_origins, request->request, &why)) {
    case ORIGIN_LISTED:
        request->listed_origin = request->request->origin;
        return true;
    case ORIGIN_FOREIGN:
        if (!request->request->host)
            reason_prefix(&why, "the web server passes no host (HTTP_HOST; nginx has no $http_host "
                                "under HTTP/3: pass $host:$server_port then), so that no page is "
                                "the site's own: ");
        log_paced(request->log, LOG_INFO, &request->endpoint->refusals, "403: %s", why.text);
        return false;
    default:
        return true;
    }
}

static enum auth_response_kind token_request_answer(struct token_request *request)
{
    struct token_endpoint *endpoint = request->endpoint;
    struct reason why;

    if (credentials_read(&request->credentials, request->request, &why) < 0) {
        log_paced(request->log, LOG_INFO, &endpoint->refusals, "400: %s", why.text);
        return AUTH_BAD_REQUEST;
    }
    if (!origin_passes(request))
        return AUTH_FOREIGN_ORIGIN;
    switch (request->request->method) {
    case CGI_OPTIONS:
        return AUTH_PREFLIGHT;
    case CGI_GET:
    case CGI_HEAD:
    case CGI_POST:
        break;
    default:
        return AUTH_BAD_METHOD;
    }
    if (endpoint->sources)
        return visitor_answer(request);
    log_paced(request->log, LOG_ERROR, &endpoint->refusals, "500: %s", endpoint->fault.text);
    return AUTH_MISCONFIGURED;
}

static enum endpoint_result token_endpoint_answer(struct endpoint *base,
    const struct cgi_request *cgi_request, const struct logger *log,
    enum endpoint_patience patience, struct buf *out)
{
    struct token_endpoint *endpoint = token_endpoint_of(base);
    struct token_request request = {
        .endpoint = endpoint, .request = cgi_request, .log = log, .patience = patience};

    endpoint->source_context.busy_timeout =
        patience == ENDPOINT_MAY_BLOCK ? SESSION_STORE_BUSY_TIMEOUT : 0;
    buf_init(&request.cookie, AUTH_RESPONSE_MAX);
    buf_init(&request.body, AUTH_RESPONSE_MAX);
    enum auth_response_kind kind = token_request_answer(&request);
    const struct auth_response response = {
        .kind = kind,
        .head = cgi_request->method == CGI_HEAD,
        .origin = request.listed_origin,
        .cookie = &request.cookie,
        .body = &request.body,
    };
    if (request.result != ENDPOINT_DEFERRED)
        auth_response_write(&response, out);
    buf_wipe(&request.cookie);
    buf_wipe(&request.body);
    return request.result;
}

static void token_endpoint_refuse(int status, bool head, struct buf *out)
{
    const struct auth_response response = {.kind = auth_response_kind_of(status), .head = head};

    auth_response_write(&response, out);
}

static struct endpoint *token_endpoint_open(const struct endpoint_context *context)
{
    struct token_endpoint *endpoint = mem_zalloc(sizeof(*endpoint));
    const struct auth_settings *settings = context->settings;

    endpoint->endpoint.kind = &token_endpoint_kind;
    endpoint->context = context;
    endpoint->settings = settings;
    endpoint->policy = token_policy_from(context->config);
    endpoint->refusals.each = REFUSALS_EACH_MINUTE;
    endpoint->source_context = (struct source_context){
        context->config, &settings->secrets, context->clock, SESSION_STORE_BUSY_TIMEOUT};
    endpoint->revocation = revocation_new(context->config->database, context->clock);
    endpoint->fault = settings->fault;
    if (!*endpoint->fault.text)
        endpoint->sources = sources_open(&endpoint->source_context, &endpoint->fault);
    return &endpoint->endpoint;
}

static void token_endpoint_close(struct endpoint *base)
{
    struct token_endpoint *endpoint = token_endpoint_of(base);

    sources_close(endpoint->sources);
    revocation_free(endpoint->revocation);
    free(endpoint);
}

static const char *token_endpoint_fault(struct endpoint *base)
{
    const struct token_endpoint *endpoint = token_endpoint_of(base);

    return endpoint->sources ? NULL : endpoint->fault.text;
}

static int token_endpoint_describe(struct endpoint *base, struct buf *out)
{
    struct token_endpoint *endpoint = token_endpoint_of(base);
    const struct secrets *secrets = &endpoint->settings->secrets;
    char described[256];

    if (secrets->count > 0)
        buf_addf(out, "tokens: %s\n", secrets_describe(secrets, described, sizeof(described)));
    if (endpoint->sources)
        return sources_describe(endpoint->sources, out);
    buf_addf(out, "%s\n", endpoint->fault.text);
    return -1;
}

static struct endpoint_service token_endpoint_service(const struct config *config)
{
    return (struct endpoint_service){
        .socket = config->auth.socket,
        .socket_group = config->auth.socket_group,
        .threads = config->auth.threads,
        .patience = SESSION_STORE_BUSY_TIMEOUT,
    };
}

static void token_endpoint_allow(const struct config *config, struct sandbox_policy *policy)
{
    char *sessions = config_session_path(config);

    sandbox_allow_database(policy, config->database);
    sandbox_allow_database(policy, sessions);
    sandbox_allow_secret(policy, config->auth.session_secret_file);
    free(sessions);
}

static void *token_endpoint_load(struct config *config, struct reason *why)
{
    return auth_settings_load(config, why);
}

static void token_endpoint_unload(void *settings)
{
    auth_settings_free(settings);
}

static char *token_endpoint_summarise(const void *settings, char *out, size_t size)
{
    const struct auth_settings *loaded = settings;

    return secrets_describe(&loaded->secrets, out, size);
}

const struct endpoint_kind token_endpoint_kind = {
    .program = "belfry-auth",
    .purpose = "The token endpoint of Belfry, under FastCGI or CGI.",
    .section = "auth",
    .body_max = BODY_MAX,
    .answer_max = AUTH_RESPONSE_MAX,
    .reads = CONFIG_AUTH,
    .service = token_endpoint_service,
    .allow = token_endpoint_allow,
    .load = token_endpoint_load,
    .unload = token_endpoint_unload,
    .summarise = token_endpoint_summarise,
    .open = token_endpoint_open,
    .close = token_endpoint_close,
    .fault = token_endpoint_fault,
    .describe = token_endpoint_describe,
    .answer = token_endpoint_answer,
    .refuse = token_endpoint_refuse,
};
