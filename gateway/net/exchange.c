#include "gateway/net/exchange.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/net/connection_log.h"
#include "gateway/net/exchange_state.h"
#include "gateway/net/stream.h"

#define ANSWER_MAX (512 * 1024) /* of this file's own answers */

struct exchange *exchange_new(struct connection *connection)
{
    struct exchange *exchange = mem_zalloc(sizeof(*exchange));

    exchange->connection = connection;
    exchange->request = http_request_new();
    exchange->end = EXCHANGE_ANSWERED;
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    if (!exchange)
        return;
    http_body_release(&exchange->body);
    http_request_free(exchange->request);
    free(exchange->fields);
    free(exchange);
}

const struct http_request *exchange_request(const struct exchange *exchange)
{
    return exchange->request;
}

uint64_t exchange_number(const struct exchange *exchange)
{
    return exchange->connection->number;
}

struct connection *exchange_connection(const struct exchange *exchange)
{
    return exchange->connection;
}

void *exchange_object(const struct exchange *exchange)
{
    return exchange->object;
}

void exchange_own(
    struct exchange *exchange, const struct exchange_owner *owner, void *object, size_t max_body)
{
    exchange->owner = owner;
    exchange->object = object;
    exchange->max_body = max_body;
}

void exchange_forget_request(struct exchange *exchange)
{
    http_request_forget(exchange->request);
    http_body_release(&exchange->body);
}

void exchange_set_fields(struct exchange *exchange, const char *fields)
{
    free(exchange->fields);
    exchange->fields = mem_strdup(fields);
}

static bool may_answer(const struct exchange *exchange)
{
    return exchange->connection->state == STREAM_OPEN && exchange->phase < EXCHANGE_PIECES;
}

static bool answers_head(const struct exchange *exchange)
{
    return http_request_method(exchange->request) == METHOD_HEAD;
}

/* Whether this request was read to its end, so that the next one can be found. */
static bool request_is_read(const struct exchange *exchange)
{
    return exchange->phase == EXCHANGE_OWED ||
           (exchange->phase == EXCHANGE_ASKING && !http_request_has_body(exchange->request));
}

static void send_answer(
    struct exchange *exchange, const struct http_answer *answer, enum http_extent extent)
{
    struct connection *connection = exchange->connection;
    struct buf out;

    buf_init(&out, SIZE_MAX); /* a cut answer would belie its length; the caller bounds the body */
    http_answer_write(
        answer, exchange->fields, answers_head(exchange) ? HTTP_BODY_LEFT_OUT : extent, &out);
    if (answer->status >= 400) {
        connection->host->counters.refused++;
        http_refusal_count(connection->host->counters.refused_status, answer->status);
    }
    wheel_stop(&connection->deadline);
    stream_send_own(connection, frame_raw(out.data, out.len));
    buf_wipe(&out);
}

/* Output that was taken at once is heard of in the next turn of the loop; of other output the
 * stream tells. */
static void hear_if_written(struct exchange *exchange)
{
    if (exchange->phase == EXCHANGE_SAID && stream_unsent(exchange->connection) == 0)
        stream_resume(exchange->connection);
}

/* The answer is complete. The loop tells the owner once it is written. */
static void end_answer(struct exchange *exchange, bool close)
{
    exchange->phase = EXCHANGE_SAID;
    if (close)
        stream_finish(exchange->connection);
    hear_if_written(exchange);
}

void exchange_answer(struct exchange *exchange, const struct http_answer *answer)
{
    struct http_answer http = *answer;

    if (!may_answer(exchange))
        return;
    http.close =
        answer->close || !request_is_read(exchange) || !http_request_keeps_alive(exchange->request);
    send_answer(exchange, &http, HTTP_BODY_WHOLE);
    end_answer(exchange, http.close);
}

void exchange_refuse(struct exchange *exchange, int status, const char *reason)
{
    const struct connection *connection = exchange->connection;
    struct host *host = connection->host;
    struct connection_log log;
    struct buf body;

    /* Limits are logged elsewhere, since the client did nothing wrong. */
    log_paced(connection_log(&log, host->log, connection->number, connection->address),
        status == 429 || status == 503 ? LOG_DEBUG : LOG_INFO, &host->pace,
        "request refused, %d: %s", status, reason);
    buf_init(&body, SIZE_MAX);
    buf_add_text(&body, "{\"error\":");
    buf_add_json_string(&body, reason, strlen(reason));
    buf_add_char(&body, '}');
    exchange_answer(
        exchange, &(struct http_answer){.status = status, .body = body.data, .close = true});
    buf_release(&body);
}

void exchange_reject(struct exchange *exchange, int status, const char *reason)
{
    exchange->end = EXCHANGE_REFUSED;
    exchange_refuse(exchange, status, reason);
}

bool exchange_check_get(struct exchange *exchange)
{
    enum request_method method = http_request_method(exchange->request);

    if (method != METHOD_GET && method != METHOD_HEAD)
        exchange_refuse(exchange, 405, "Method not allowed");
    else if (http_request_has_body(exchange->request))
        exchange_refuse(exchange, 400, "Request with a body");
    return exchange->phase < EXCHANGE_SAID;
}

void exchange_begin(struct exchange *exchange, const struct http_answer *head)
{
    if (!may_answer(exchange))
        return;
    send_answer(exchange, head, HTTP_BODY_PIECES);
    exchange->phase = EXCHANGE_PIECES;
    if (answers_head(exchange))
        end_answer(exchange, true);
}

void exchange_send(struct exchange *exchange, struct frame *piece)
{
    if (exchange->phase == EXCHANGE_PIECES && exchange->connection->state == STREAM_OPEN)
        stream_send(exchange->connection, piece, false);
}

void exchange_finish(struct exchange *exchange)
{
    if (exchange->phase == EXCHANGE_PIECES && exchange->connection->state == STREAM_OPEN)
        end_answer(exchange, true);
}

void exchange_cork(struct exchange *exchange)
{
    if (exchange)
        stream_cork(exchange->connection);
}

void exchange_uncork(struct exchange *exchange)
{
    if (!exchange)
        return;
    stream_uncork(exchange->connection);
    hear_if_written(exchange);
}

void exchange_push(struct exchange *exchange)
{
    if (exchange)
        stream_push(exchange->connection);
}

size_t exchange_unsent(const struct exchange *exchange)
{
    return exchange ? stream_unsent(exchange->connection) : 0;
}

void exchange_upgrade(struct exchange *exchange, const struct connection_owner *owner, void *object,
    const char *protocol)
{
    struct connection *connection = exchange->connection;
    struct buf out;

    buf_init(&out, SIZE_MAX);
    http_answer_upgrade(http_request_field(exchange->request, HTTP_FIELD_KEY), protocol, &out);
    wheel_stop(&connection->deadline);
    if (may_answer(exchange))
        stream_send_own(connection, frame_raw(out.data, out.len));
    buf_release(&out);
    connection->exchange = NULL;
    exchange_free(exchange);
    connection_open(connection, owner, object);
}
