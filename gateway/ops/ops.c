#include "gateway/ops/ops.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/net/server.h"
#include "gateway/ops/dashboard.h"
#include "gateway/ops/local_host.h"

#define REQUEST_TIMEOUT_MS 5000
#define BODY_MAX (256u << 10) /* far more than CONNECTION_PAGE_BYTES */

struct ops {
    struct server *server;
    const struct logger *log;
    const struct clock *clock;
    const struct ops_source *source;
    void *context;
    int64_t started_at;
    struct buf body; /* of the answer under way */
};

static void healthz(struct ops *ops, const struct http_request *request, struct http_answer *answer)
{
    (void)ops;
    (void)request;
    answer->status = 200;
    answer->body = "{\"status\":\"alive\"}\n";
}

static void readyz(struct ops *ops, const struct http_request *request, struct http_answer *answer)
{
    const char *why = ops->source->unready(ops->context);

    (void)request;
    answer->status = why ? 503 : 200;
    if (why) {
        buf_add_text(&ops->body, "{\"status\":\"not ready\",\"reason\":");
        buf_add_json_string(&ops->body, why, strlen(why));
        buf_add_text(&ops->body, "}\n");
    }
    answer->body = why ? ops->body.data : "{\"status\":\"ready\"}\n";
}

static void metrics(struct ops *ops, const struct http_request *request, struct http_answer *answer)
{
    struct metrics metrics = {
        .started_at = ops->started_at, .ready = ops->source->unready(ops->context) == NULL};

    (void)request;
    ops->source->metrics(ops->context, &metrics);
    metrics_write(&metrics, &ops->body);
    answer->status = 200;
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    answer->body = ops->body.data;
}

static void connections(
    struct ops *ops, const struct http_request *request, struct http_answer *answer)
{
    struct connection_query query;
    const char *fault = connection_query_read(&query, request);

    answer->status = fault ? 400 : 200;
    if (fault)
        buf_addf(&ops->body, "{\"error\":\"%s\"}\n", fault);
    else
        ops->source->connections(ops->context, &query, &ops->body);
    answer->body = ops->body.data;
}

static const struct {
    const char *path;
    void (*answer)(struct ops *ops, const struct http_request *request, struct http_answer *answer);
} routes[] = {
    {"/healthz", healthz},
    {"/readyz", readyz},
    {"/metrics", metrics},
    {"/connections", connections},
};

static const struct http_answer not_found = {
    .status = 404,
    .body =
        "{\"error\":\"Not found: there are /, /healthz, /readyz, /metrics and /connections\"}\n",
};

static const struct http_answer foreign_host = {
    .status = 403,
    .body =
        "{\"error\":\"Host is the name of a site: ask by 127.0.0.1 or localhost, since ops_listen "
        "is local\"}\n",
};

static void answer_with_file(const struct dashboard_file *file, struct http_answer *answer)
{
    answer->status = 200;
    answer->type = file->type;
    answer->fields = DASHBOARD_FIELDS;
    answer->body = file->text;
}

static void answer_path(
    struct ops *ops, const struct http_request *request, struct http_answer *answer)
{
    const char *path = http_request_path(request);
    const struct dashboard_file *file = dashboard_find(path);

    if (file)
        answer_with_file(file, answer);
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(path, routes[i].path) == 0)
            routes[i].answer(ops, request, answer);
    }
}

/* It listens on this machine alone. */
static bool is_local(const struct ops *ops)
{
    const char *address;

    for (size_t i = 0; (address = server_address(ops->server, i)); i++)
        if (!local_host_is(address))
            return false;
    return true;
}

/* Every answer closes its connection, or idle monitors would hold the few descriptors that are
 * reserved for operators. */
static void on_request(void *context, struct exchange *exchange)
{
    struct ops *ops = context;
    const struct http_request *request = exchange_request(exchange);
    bool may_ask =
        !is_local(ops) || local_host_allows(http_request_field(request, HTTP_FIELD_HOST));
    struct http_answer answer = may_ask ? not_found : foreign_host;

    if (!exchange_check_get(exchange))
        return;
    buf_clear(&ops->body);
    if (may_ask)
        answer_path(ops, request, &answer);
    answer.close = true;
    exchange_answer(exchange, &answer);
}

struct ops *ops_new(uv_loop_t *loop, struct wheel *wheel, const struct clock *clock,
    const struct logger *log, size_t max_connections, const struct ops_source *source,
    void *context)
{
    struct server_settings settings = {
        .max_connections = max_connections,
        .request_timeout_ms = REQUEST_TIMEOUT_MS,
        .close_timeout_ms = REQUEST_TIMEOUT_MS,
    };
    struct ops *ops = mem_zalloc(sizeof(*ops));

    ops->log = log;
    ops->clock = clock;
    ops->source = source;
    ops->context = context;
    ops->started_at = clock_wall_seconds(clock);
    buf_init(&ops->body, BODY_MAX);
    ops->server = server_new(loop, wheel, clock, log, &settings, on_request, ops);
    return ops;
}

struct server *ops_server(struct ops *ops)
{
    return ops->server;
}

void ops_free(struct ops *ops)
{
    server_free(ops->server);
    buf_release(&ops->body);
    free(ops);
}
