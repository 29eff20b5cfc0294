#include "gateway/net/http.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/net/exchange.h"
#include "gateway/net/exchange_state.h"
#include "gateway/net/stream.h"

/* How long a connection may stay without a next request. nginx keeps those to its upstreams for 60
 * s, and answers 502 when we close one just as it sends a request: so let nginx be the first. */
#define IDLE_MS 75000

/* Time */

static void on_request_deadline(struct wheel_entry *entry)
{
    struct connection *connection = stream_of_deadline(entry);

    if (!connection->exchange)
        stream_drop(connection);
    else
        exchange_reject(connection->exchange, 408, "Request took too long");
}

static void on_idle_deadline(struct wheel_entry *entry)
{
    stream_drop(stream_of_deadline(entry));
}

static void await_request(struct connection *connection)
{
    stream_set_deadline(
        connection, connection->host->settings.request_timeout_ms, on_request_deadline);
}

/* The end of an exchange */

static void exchange_close(struct exchange *exchange, enum exchange_end end)
{
    exchange->connection->exchange = NULL;
    if (exchange->owner)
        exchange->owner->closed(exchange, end);
    exchange_free(exchange);
}

/* Behind a proxy the next request may be another client's. */
static void forget_client(struct connection *connection)
{
    if (connection->address == connection->peer)
        return;
    free(connection->address);
    connection->address = connection->peer;
    addresses_leave(connection->host->addresses, connection->counted);
    connection->counted = NULL;
}

/* The answer has been written. */
static void finish_exchange(struct exchange *exchange)
{
    struct connection *connection = exchange->connection;

    exchange_close(exchange, exchange->end);
    if (connection->state != STREAM_OPEN)
        return;
    forget_client(connection);
    stream_set_deadline(connection, IDLE_MS, on_idle_deadline);
    if (connection->kept)
        stream_resume(connection);
}

static bool is_answered(const struct exchange *exchange)
{
    return exchange->phase == EXCHANGE_SAID && stream_unsent(exchange->connection) == 0;
}

static void on_exchange_resumed(struct connection *connection)
{
    if (connection->exchange && is_answered(connection->exchange))
        finish_exchange(connection->exchange);
}

static void on_answer_written(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;

    if (exchange && is_answered(exchange))
        finish_exchange(exchange);
    else if (exchange && exchange->phase == EXCHANGE_PIECES && exchange->owner->drained)
        exchange->owner->drained(exchange);
}

static void on_answer_stalled(struct connection *connection)
{
    if (connection->exchange)
        connection->exchange->end = EXCHANGE_STALLED;
    stream_drop(connection);
}

/* A client may close its side once its answer is on the way; if it does so earlier, it counts as
 * gone. Requests that it sent ahead are answered first. */
static bool on_client_ended(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;

    if (connection->kept && (!exchange || exchange->phase == EXCHANGE_SAID))
        return false;
    if (!exchange || exchange->phase != EXCHANGE_SAID)
        return true;
    stream_finish(connection);
    return false;
}

static void on_http_closed(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;

    if (!exchange)
        return;
    if (!is_answered(exchange) && exchange->end != EXCHANGE_STALLED)
        exchange->end = EXCHANGE_LOST;
    exchange_close(exchange, exchange->end);
}

/* The beginning of an exchange */

static void hand_over(struct exchange *exchange)
{
    exchange->phase = EXCHANGE_OWED;
    wheel_stop(&exchange->connection->deadline);
    exchange->owner->received(exchange, exchange->body.bytes.data, exchange->body.bytes.len);
}

static void on_body(struct exchange *exchange, enum http_progress progress)
{
    if (progress == HTTP_WHOLE)
        hand_over(exchange);
    else if (progress == HTTP_REFUSED)
        exchange_reject(exchange, exchange->body.refusal.status, exchange->body.refusal.reason);
}

static void begin_body(struct exchange *exchange)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    enum http_progress progress =
        http_body_init(&exchange->body, exchange->request, exchange->max_body);

    exchange->phase = EXCHANGE_BODY;
    if (progress == HTTP_MORE && http_request_expects_continue(exchange->request))
        stream_send_own(exchange->connection, frame_raw(go_on, sizeof(go_on) - 1));
    if (exchange->connection->state == STREAM_OPEN)
        on_body(exchange, progress);
}

static struct admission admit_client(struct connection *connection)
{
    char client[PROXIES_ADDRESS_SIZE];
    struct admission admission = admission_of_request(connection->host, connection->peer,
        connection->exchange->request, client, &connection->counted);

    if (strcmp(client, connection->peer) != 0)
        connection->address = mem_strdup(client);
    return admission;
}

static void ask_user(struct exchange *exchange)
{
    struct connection *connection = exchange->connection;
    struct host *host = connection->host;
    struct admission admission = admit_client(connection);

    exchange->phase = EXCHANGE_ASKING;
    if (admission.status != ADMITTED) {
        if (host->refusing)
            host->refusing(host->context, exchange);
        if (exchange->phase == EXCHANGE_ASKING)
            exchange_reject(exchange, admission.status, admission.reason);
        return;
    }
    host->request(host->context, exchange);
    if (connection->exchange != exchange || exchange->phase != EXCHANGE_ASKING)
        return;
    if (exchange->owner)
        begin_body(exchange);
    else
        exchange_refuse(exchange, 404, "Not found");
}

static size_t read_head(struct exchange *exchange, const void *bytes, size_t len)
{
    size_t taken;
    enum http_progress progress = http_request_feed(exchange->request, bytes, len, &taken);

    if (progress == HTTP_WHOLE) {
        ask_user(exchange);
    } else if (progress == HTTP_REFUSED) {
        struct http_refusal why = http_request_refusal(exchange->request);
        exchange_reject(exchange, why.status, why.reason);
    }
    return taken;
}

static size_t read_body(struct exchange *exchange, const void *bytes, size_t len)
{
    size_t taken;

    on_body(exchange, http_body_feed(&exchange->body, bytes, len, &taken));
    return taken;
}

static void begin_next(struct connection *connection)
{
    connection->number = ++connection->host->last_number;
    await_request(connection);
}

static void on_request_bytes(struct connection *connection, const void *bytes, size_t len)
{
    size_t taken;

    if (!connection->exchange) {
        connection->exchange = exchange_new(connection);
        if (connection->deadline.expired == on_idle_deadline)
            begin_next(connection);
    }
    switch (connection->exchange->phase) {
    case EXCHANGE_HEAD:
        taken = read_head(connection->exchange, bytes, len);
        break;
    case EXCHANGE_BODY:
        taken = read_body(connection->exchange, bytes, len);
        break;
    default: /* the next request waits for the answer to this one */
        stream_keep(connection, bytes, len);
        return;
    }
    if (taken < len)
        stream_take(connection, (const char *)bytes + taken, len - taken);
}

void http_accept(struct host *host, int fd, const char *peer, struct admission admission,
    struct address *counted)
{
    static const struct stream_user user = {on_request_bytes, on_answer_written, on_answer_stalled,
        on_exchange_resumed, on_client_ended, on_http_closed};
    struct connection *connection = stream_new(host, fd, peer, counted, &user);

    if (!connection)
        return;
    await_request(connection);
    if (admission.status == ADMITTED)
        return;
    connection->exchange = exchange_new(connection);
    exchange_reject(connection->exchange, admission.status, admission.reason);
}
