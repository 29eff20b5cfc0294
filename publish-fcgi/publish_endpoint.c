#include "publish-fcgi/publish_endpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "common/sandbox_policy.h"
#include "publish-fcgi/batch.h"
#include "publish-fcgi/notification.h"
#include "publish-fcgi/people.h"
#include "publish-fcgi/queue_choice.h"
#include "publish-fcgi/rate.h"
#include "publish-fcgi/writer.h"

#define BODY_MAX (1024 * 1024)
/* The log says this many times a minute that requests are refused for one and the same reason. */
#define REFUSALS_EACH_MINUTE 10
/* While more broadcasts than this wait to be sent, no others are taken: publishers are to be slowed
 * rather than the gateway drowned. */
#define UNSENT_MAX 10000
/* Seconds that the gateway then has to catch up. */
#define BEHIND_RETRY_AFTER 1

/* What all threads share. */
struct publish_settings {
    struct publish_rate *rate;
    struct publish_writer *writer;
};

struct publish_endpoint {
    struct endpoint endpoint;
    const struct endpoint_context *context;
    const struct publish_settings *settings;
    struct publish_queue *queue; /* to read */
    struct log_pace pace;
    bool was_locked; /* as of the last request that wanted to write */
};

static struct publish_endpoint *publish_endpoint_of(struct endpoint *endpoint)
{
    return container_of(endpoint, struct publish_endpoint, endpoint);
}

/* ---- what there is to be asked ---- */

static const struct operation {
    enum publish_resource resource;
    enum cgi_method method;
    unsigned right;
    bool writes;
    void (*run)(struct publish_turn *turn);
} operations[] = {
    {PUBLISH_NOTIFICATIONS, CGI_POST, PUBLISH_MAY_NOTIFICATIONS, true, batch_publish},
    {PUBLISH_BROADCASTS, CGI_POST, PUBLISH_MAY_BROADCASTS, true, batch_publish},
    {PUBLISH_MESSAGES, CGI_POST, PUBLISH_MAY_MESSAGES, true, batch_publish},
    {PUBLISH_NOTIFICATION, CGI_GET, PUBLISH_MAY_READ, false, notification_show},
    {PUBLISH_NOTIFICATION, CGI_HEAD, PUBLISH_MAY_READ, false, notification_show},
    {PUBLISH_NOTIFICATION, CGI_PATCH, PUBLISH_MAY_NOTIFICATIONS, true, notification_change},
    {PUBLISH_NOTIFICATION, CGI_DELETE, PUBLISH_MAY_NOTIFICATIONS, true, notification_cancel},
    {PUBLISH_PRESENCE, CGI_GET, PUBLISH_MAY_READ, false, people_show_presence},
    {PUBLISH_PRESENCE, CGI_HEAD, PUBLISH_MAY_READ, false, people_show_presence},
    {PUBLISH_SESSIONS, CGI_DELETE, PUBLISH_MAY_REVOKE, true, people_revoke},
};

static const char *const rights[] = {"notifications", "broadcasts", "messages", "read", "revoke"};

static const char *right_name(unsigned right)
{
    size_t i = 0;

    while (right >> (i + 1))
        i++;
    return rights[i];
}

static const char *const allowed[] = {
    [PUBLISH_NOTIFICATIONS] = "POST, OPTIONS",
    [PUBLISH_BROADCASTS] = "POST, OPTIONS",
    [PUBLISH_MESSAGES] = "POST, OPTIONS",
    [PUBLISH_NOTIFICATION] = "GET, HEAD, PATCH, DELETE, OPTIONS",
    [PUBLISH_PRESENCE] = "GET, HEAD, OPTIONS",
    [PUBLISH_SESSIONS] = "DELETE, OPTIONS",
};

static const struct operation *operation_find(const struct publish_request *request)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (operations[i].resource == request->resource &&
            operations[i].method == request->cgi->method)
            return &operations[i];
    return NULL;
}

/* ---- who asks ---- */

static int key_refuse(struct publish_turn *turn, const char *said)
{
    log_paced(turn->log, LOG_INFO, turn->pace, "401: %s", said);
    reply_refuse(&turn->reply, 401, "unauthorized",
        "Send a valid publishing key: Authorization: Bearer KEY");
    return -1;
}

/* Returns 0, or -1 where the turn is over. */
static int key_find(struct publish_turn *turn)
{
    const char *bearer = turn->request->cgi->bearer;
    char hash[PUBLISH_HASH_SIZE];
    struct reason why;

    if (!bearer)
        return key_refuse(turn, "there is no key in the request (Authorization: Bearer KEY; Apache "
                                "passes that header on only with CGIPassAuth On)");
    publish_hash(bearer, strlen(bearer), hash);
    int found = PUBLISH_ASK(turn->queue, PUBLISH_FIND_KEY, &why, hash);
    if (found > 0)
        found = publish_key_read(turn->queue->row, hash, &turn->key, &why);
    if (found > 0)
        return 0;
    if (found == 0)
        return key_refuse(turn, "the key is unknown or revoked: `belfry key list` shows all");
    return publish_turn_fail(turn, &why);
}

static int right_check(struct publish_turn *turn, const struct operation *operation)
{
    if (turn->key.rights & operation->right)
        return 0;
    reply_refuse(&turn->reply, 403, "forbidden", "This key may not do that: it lacks the right %s",
        right_name(operation->right));
    return -1;
}

static int rate_check(struct publish_endpoint *endpoint, struct publish_turn *turn)
{
    int64_t wait = publish_rate_take(
        endpoint->settings->rate, turn->key.hash, clock_steady_ms(endpoint->context->clock));

    if (wait == 0)
        return 0;
    turn->reply.retry_after = (wait + 999) / 1000;
    reply_refuse(&turn->reply, 429, "rate_limited",
        "This key may make %" PRId64 " requests a second", endpoint->context->config->publish.rate);
    return -1;
}

/* ---- the turn ---- */

/* Returns 0, or -1 where the request is refused without a look at the queue. */
static int request_check(struct publish_turn *turn, const struct operation **operation)
{
    const struct publish_request *request = turn->request;

    if (request->cgi->origin) {
        reply_refuse(&turn->reply, 403, "browser",
            "Publishing is not for browsers: a key belongs on a server");
        return -1;
    }
    if (request->resource == PUBLISH_NOTHING) {
        reply_refuse(&turn->reply, 404, "not_found",
            "There is nothing here: the paths end in /notifications, /notifications/ID, "
            "/broadcasts, /messages, /presence or /sessions");
        return -1;
    }
    *operation = operation_find(request);
    if (*operation)
        return 0;
    turn->reply.allow = allowed[request->resource];
    turn->reply.status = 204;
    if (request->cgi->method != CGI_OPTIONS)
        reply_refuse(&turn->reply, 405, "method_not_allowed", "Allowed: %s", turn->reply.allow);
    return -1;
}

static int idempotency_check(struct publish_turn *turn)
{
    const char *key = turn->request->idempotency;

    if (!key)
        return 0;
    remembered_hash(turn->request, turn->hash);
    if (strlen(key) <= PUBLISH_IDEMPOTENCY_MAX)
        return 0;
    reply_refuse(&turn->reply, 400, "bad_idempotency_key",
        "An Idempotency-Key may have at most %d bytes", PUBLISH_IDEMPOTENCY_MAX);
    return -1;
}

/* While somebody else has the queue locked, a body is not read over and over again. */
static bool is_still_locked(struct publish_endpoint *endpoint, struct publish_turn *turn)
{
    if (!endpoint->was_locked || turn->patience != ENDPOINT_MAY_DEFER)
        return false;
    if (publish_turn_begin(turn) < 0)
        return true;
    publish_turn_abandon(turn);
    return false;
}

/* Whether more broadcasts wait than the gateway should be given; the turn is over then, as it is
 * where that cannot be known. Pending notifications are no such measure: they may wait for users
 * who are not connected. */
static bool is_behind(struct publish_turn *turn)
{
    struct reason why;
    char most[16];

    snprintf(most, sizeof(most), "%d", UNSENT_MAX);
    int found = PUBLISH_ASK(turn->queue, PUBLISH_FIND_BACKLOG, &why, most);
    if (found < 0) {
        publish_turn_fail(turn, &why);
    } else if (found > 0) {
        turn->reply.retry_after = BEHIND_RETRY_AFTER;
        reply_refuse(&turn->reply, 503, "gateway_behind",
            "More than %d broadcasts wait to be sent: try again", UNSENT_MAX);
        log_paced(turn->log, LOG_WARN, turn->pace,
            "503: more than %d broadcasts wait for the gateway to send them. `belfry status` says "
            "whether it runs; if it does, more is published than it has processor time for",
            UNSENT_MAX);
    }
    return found != 0;
}

static void operation_run(
    struct publish_endpoint *endpoint, struct publish_turn *turn, const struct operation *operation)
{
    if (!operation->writes) {
        operation->run(turn);
        return;
    }
    if (idempotency_check(turn) < 0 || publish_turn_is_repeated(turn) ||
        (turn->request->resource == PUBLISH_BROADCASTS && is_behind(turn)))
        return;
    if (!is_still_locked(endpoint, turn))
        operation->run(turn);
    endpoint->was_locked = turn->result == ENDPOINT_DEFERRED;
}

/* Of a turn that has written nothing: by itself, and without waiting for a lock. */
static void note_key(struct publish_turn *turn)
{
    publish_queue_set_patience(turn->queue, 0);
    publish_turn_note_key(turn);
}

static void queue_ask(
    struct publish_endpoint *endpoint, struct publish_turn *turn, const struct operation *operation)
{
    struct reason why;

    if (turn->patience == ENDPOINT_MAY_BLOCK)
        turn->busy_timeout = (int)endpoint->context->config->queue.busy_timeout;
    if (publish_queue_ready(turn->queue, turn->busy_timeout, &why) < 0) {
        publish_turn_fail(turn, &why);
        return;
    }
    if (key_find(turn) < 0 || rate_check(endpoint, turn) < 0)
        return;
    if (right_check(turn, operation) == 0)
        operation_run(endpoint, turn, operation);
    if (turn->result == ENDPOINT_DEFERRED)
        publish_rate_return(endpoint->settings->rate, turn->key.hash);
    else if (turn->reply.status != 503)
        note_key(turn);
}

static void turn_log(const struct publish_turn *turn)
{
    const char *key = *turn->key.name ? turn->key.name : "-";
    const char *fingerprint = *turn->key.fingerprint ? turn->key.fingerprint : "-";

    if (!reply_is_refusal(&turn->reply))
        log_debug(turn->log, "%d %s, key %s (%s)", turn->reply.status, turn->request->path, key,
            fingerprint);
    else if (turn->reply.status != 401 && turn->reply.status != 503)
        log_paced(turn->log, LOG_INFO, turn->pace, "%d: %s, key %s (%s)", turn->reply.status,
            turn->reply.refusal.error, key, fingerprint);
}

static enum endpoint_result publish_endpoint_answer(struct endpoint *base,
    const struct cgi_request *cgi, const struct logger *log, enum endpoint_patience patience,
    struct buf *out)
{
    struct publish_endpoint *endpoint = publish_endpoint_of(base);
    struct publish_writer *writer = endpoint->settings->writer;
    const struct operation *operation;
    struct publish_request request;
    struct publish_turn turn = {
        .queue = patience == ENDPOINT_MAY_BLOCK ? publish_writer_queue(writer, endpoint->queue)
                                                : endpoint->queue,
        .writer = writer,
        .request = &request,
        .patience = patience,
        .now_ms = clock_wall_ms(endpoint->context->clock),
        .clock = endpoint->context->clock,
        .log = log,
        .pace = &endpoint->pace,
        .result = ENDPOINT_ANSWERED,
    };
    struct reason why;

    reply_init(&turn.reply);
    if (publish_request_read(&request, cgi, &why) < 0)
        reply_refuse(&turn.reply, 400, "bad_request", "%s", why.text);
    else if (request_check(&turn, &operation) == 0)
        queue_ask(endpoint, &turn, operation);
    if (turn.result != ENDPOINT_DEFERRED) {
        turn_log(&turn);
        reply_finish(&turn.reply);
        reply_write(&turn.reply, cgi->method == CGI_HEAD, out);
    }
    reply_release(&turn.reply);
    return turn.result;
}

/* ---- the kind ---- */

static const struct {
    int status;
    const char *code, *error;
} refusals[] = {
    {413, "too_large", "The body may have at most 1 MiB"},
    {431, "headers_too_large", "The header fields are too large"},
    {500, "misconfigured", "The server is not configured"},
    {503, "overloaded", "Too many requests are arriving: try again"},
    {400, "bad_request", "Bad request"},
};

static void publish_endpoint_refuse(int status, bool head, struct buf *out)
{
    const size_t last = sizeof(refusals) / sizeof(refusals[0]) - 1;
    struct publish_reply reply;
    size_t i = 0;

    while (i < last && refusals[i].status != status)
        i++;
    reply_init(&reply);
    reply.retry_after = status == 503 ? 2 : 0;
    reply_refuse(&reply, refusals[i].status, refusals[i].code, "%s", refusals[i].error);
    reply_finish(&reply);
    reply_write(&reply, head, out);
    reply_release(&reply);
}

static struct endpoint *publish_endpoint_open(const struct endpoint_context *context)
{
    struct publish_endpoint *endpoint = mem_zalloc(sizeof(*endpoint));

    endpoint->endpoint.kind = &publish_endpoint_kind;
    endpoint->context = context;
    endpoint->settings = context->settings;
    endpoint->pace.each = REFUSALS_EACH_MINUTE;
    endpoint->queue = publish_queue_new(context->config, PUBLISH_TO_READ);
    return &endpoint->endpoint;
}

static void publish_endpoint_close(struct endpoint *base)
{
    struct publish_endpoint *endpoint = publish_endpoint_of(base);

    publish_queue_free(endpoint->queue);
    free(endpoint);
}

/* What is wrong with the queue may pass. */
static const char *publish_endpoint_fault(struct endpoint *base)
{
    (void)base;
    return NULL;
}

static int publish_endpoint_describe(struct endpoint *base, struct buf *out)
{
    return publish_queue_describe(publish_endpoint_of(base)->queue, out);
}

static struct endpoint_service publish_endpoint_service(const struct config *config)
{
    return (struct endpoint_service){
        .socket = config->publish.socket,
        .socket_group = config->publish.socket_group,
        .threads = config->publish.threads,
        .patience = config->queue.busy_timeout,
    };
}

static void publish_endpoint_allow(const struct config *config, struct sandbox_policy *policy)
{
    sandbox_allow_database(policy, config->database);
}

static void *publish_endpoint_load(struct config *config, struct reason *why)
{
    struct publish_settings *settings = mem_zalloc(sizeof(*settings));

    (void)why;
    settings->rate = publish_rate_new(config->publish.rate);
    settings->writer = publish_writer_new(config);
    return settings;
}

static void publish_endpoint_unload(void *loaded)
{
    struct publish_settings *settings = loaded;

    publish_writer_free(settings->writer);
    publish_rate_free(settings->rate);
    free(settings);
}

static char *publish_endpoint_summarise(const void *loaded, char *out, size_t size)
{
    const struct publish_settings *settings = loaded;

    snprintf(
        out, size, "%" PRId64 " requests a second and key", publish_rate_limit(settings->rate));
    return out;
}

const struct endpoint_kind publish_endpoint_kind = {
    .program = "belfry-publish",
    .purpose = "Publishing to Belfry over HTTP, under FastCGI or CGI.",
    .section = "publish",
    .body_max = BODY_MAX,
    .reads_body = true,
    .answer_max = ENDPOINT_ANSWER_LIMIT,
    .reads = CONFIG_PUBLISH,
    .service = publish_endpoint_service,
    .allow = publish_endpoint_allow,
    .load = publish_endpoint_load,
    .unload = publish_endpoint_unload,
    .summarise = publish_endpoint_summarise,
    .open = publish_endpoint_open,
    .close = publish_endpoint_close,
    .fault = publish_endpoint_fault,
    .describe = publish_endpoint_describe,
    .answer = publish_endpoint_answer,
    .refuse = publish_endpoint_refuse,
};
