#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/memory.h"
#include "gateway/net/reading.h"
#include "gateway/net/stage.h"

/* What the kernel may hold unsent before it calls a socket full: it would swallow megabytes. */
#define UNSENT_IN_KERNEL 16384
#define UNIX_SEND_BUFFER 65536
#define ANSWER_MAX (512 * 1024)

/* ---- the request ---- */

static void answer_http(struct connection *connection, const struct connection_answer *answer)
{
    struct http_answer http = {answer->status, answer->type, answer->fields, answer->body,
        connection->request != NULL && http_request_is_head(connection->request)};
    struct buf out;

    buf_init(&out, ANSWER_MAX);
    http_answer_write(&http, &out);
    http_request_free(connection->request);
    connection->request = NULL;
    if (answer->status >= 400)
        connection->host->counters.refused++;
    connection->stage = FINISHING;
    connection_send_own(connection, frame_raw(out.data, out.len));
    buf_release(&out);
    if (connection->stage == FINISHING)
        connection_finish(connection);
}

static void refuse(struct connection *connection, struct admission why)
{
    struct logger log = logger_with(connection->host->log, "client", connection->address);
    struct buf body;
    /* Limits have a line of their own, since it is not the client's doing. */

    log_paced(&log, why.status == 429 || why.status == 503 ? LOG_DEBUG : LOG_INFO,
        &connection->host->pace, "request refused, %d: %s", why.status, why.reason);
    buf_init(&body, ANSWER_MAX);
    buf_add_text(&body, "{\"error\":");
    buf_add_json_string(&body, why.reason, strlen(why.reason));
    buf_add_char(&body, '}');
    answer_http(connection, &(struct connection_answer){.status = why.status, .body = body.data});
    buf_release(&body);
}

static void on_request_deadline(struct wheel_entry *entry)
{
    struct connection *connection = connection_of_deadline(entry);

    if (!connection->request)
        connection_drop(connection);
    else
        refuse(connection, (struct admission){408, "Request took too long"});
}

static void open_websocket(struct connection *connection, const char *protocol)
{
    struct http_request *request = connection->request;
    struct host *host = connection->host;
    struct buf out;
    size_t len;

    buf_init(&out, ANSWER_MAX);
    http_answer_upgrade(request, protocol, &out);
    connection->request = NULL;
    connection->stage = OPEN;
    connection->upgraded = true;
    connection->max_message = host->settings.max_message;
    connection->opened_at = clock_wall_ms(host->clock);
    host->counters.upgraded++;
    host->counters.open++;
    wheel_stop(&connection->deadline);
    connection_send_own(connection, frame_raw(out.data, out.len));
    buf_release(&out);
    connection->owner->opened(connection);
    const void *rest = http_request_rest(request, &len);
    if (len > 0 && connection->stage != GONE)
        reading_take(connection, rest, len);
    http_request_free(request);
}

static struct admission admit(struct connection *connection)
{
    char client[PROXIES_ADDRESS_SIZE];
    struct admission admission = admission_of_request(
        connection->host, connection->peer, connection->request, client, &connection->counted);

    if (strcmp(client, connection->peer) != 0)
        connection->address = mem_strdup(client);
    return admission;
}

static void decide(struct connection *connection, bool plain)
{
    struct connection_answer answer = {.accepted = false};
    struct admission admission = admit(connection);

    if (admission.status != ADMITTED) {
        refuse(connection, admission);
        return;
    }
    connection->host->request(connection->host->context, connection, connection->request, &answer);
    if (answer.accepted) {
        connection->owner = answer.owner;
        connection->object = answer.object;
    }
    if (connection->stage == GONE)
        return;
    if (!answer.accepted)
        answer_http(connection, &answer);
    else if (plain)
        refuse(connection, (struct admission){426, "WebSocket wanted"});
    else
        open_websocket(connection, answer.protocol);
}

void handshake_take(struct connection *connection, const void *octets, size_t len)
{
    if (!connection->request)
        connection->request = http_request_new();
    enum http_progress progress = http_request_feed(connection->request, octets, len);
    if (progress == HTTP_REQUEST_REFUSED) {
        struct http_refusal why = http_request_refusal(connection->request);
        refuse(connection, (struct admission){why.status, why.reason});
    } else if (progress != HTTP_REQUEST_MORE) {
        decide(connection, progress == HTTP_REQUEST_PLAIN);
    }
}

/* ---- the beginning ---- */

static void tune(int fd, bool is_unix)
{
    int yes = 1;
    int unsent = UNSENT_IN_KERNEL;
    int buffer = UNIX_SEND_BUFFER;

    if (is_unix) {
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

/* Initialises the handle, so that it can be closed even where libuv does not take the socket. */
static int take_socket(struct connection *connection, int fd, bool is_unix)
{
    if (is_unix) {
        uv_pipe_init(connection->host->loop, &connection->pipe, 0);
        return uv_pipe_open(&connection->pipe, fd);
    }
    uv_tcp_init(connection->host->loop, &connection->tcp);
    return uv_tcp_open(&connection->tcp, fd);
}

static struct connection *connection_new(struct host *host, const char *peer)
{
    struct connection *connection = mem_zalloc(sizeof(*connection));

    connection->host = host;
    connection->peer = connection->address = mem_strdup(peer);
    connection->number = ++host->last_number;
    connection->code = CLOSE_ABNORMAL;
    connection->paused = true;
    connection->next = host->connections;
    if (connection->next)
        connection->next->previous = connection;
    host->connections = connection;
    host->connection_count++;
    host->counters.accepted++;
    return connection;
}

void connection_accept(struct host *host, int fd, const char *peer, struct admission admission,
    struct address *counted)
{
    struct connection *connection = connection_new(host, peer);
    bool is_unix = strcmp(peer, "unix") == 0;

    connection->counted = counted;
    tune(fd, is_unix);
    int opened = take_socket(connection, fd, is_unix);
    connection->handle.data = connection;
    if (opened != 0) {
        close(fd);
        connection_drop(connection);
        return;
    }
    connection_set_deadline(connection, host->settings.request_timeout_ms, on_request_deadline);
    reading_set(connection, true);
    if (admission.status != ADMITTED && connection->stage != GONE)
        refuse(connection, admission);
}
