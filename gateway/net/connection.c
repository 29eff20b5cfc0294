#include "gateway/net/connection.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "gateway/net/connection_log.h"
#include "gateway/net/stream.h"
#include "gateway/net/websocket.h"

/* Pongs cost more memory than their bytes. */
#define PONGS_MAX 1024

bool connection_is_open(const struct connection *connection)
{
    return connection->upgraded && connection->state == STREAM_OPEN && !connection->closing;
}

/* What is read */

/* Drop a client that floods pings without reading the pongs. */
static void answer_ping(struct connection *connection, const void *payload, size_t len)
{
    if (connection->outbox && outbox_frames(connection->outbox) >= PONGS_MAX) {
        stream_push(connection);
        if (connection->outbox && outbox_frames(connection->outbox) >= PONGS_MAX)
            stream_drop(connection);
    }
    if (connection_is_open(connection))
        stream_send_own(connection, frame_new(FRAME_PONG, payload, len));
}

static void on_frame(void *context, enum frame_kind kind, const void *data, size_t len)
{
    struct connection *connection = context;

    if (!connection_is_open(connection))
        return;
    if (kind == FRAME_PING) {
        if (!connection->owner->pinged || connection->owner->pinged(connection))
            answer_ping(connection, data, len);
    } else if (kind == FRAME_PONG) {
        connection->owner->pong(connection, data, len);
    } else {
        connection->host->counters.messages_in++;
        connection->owner->message(connection, kind, data, len);
    }
}

/* The client has closed, or broken the protocol: either way nothing more is read from it. */
static void on_frames_end(struct connection *connection, struct websocket_end end)
{
    if (end.code == CLOSE_TOO_BIG)
        connection->host->counters.too_large++;
    if (connection_is_open(connection)) {
        connection->code = (uint16_t)end.code;
        stream_send_own(connection, frame_close(connection->code, NULL));
    }
    stream_finish(connection);
}

static void on_frame_bytes(struct connection *connection, const void *bytes, size_t len)
{
    if (!connection->websocket)
        connection->websocket = websocket_new(
            &connection->host->spare_websocket, connection->max_message, on_frame, connection);
    size_t taken = websocket_feed(connection->websocket, bytes, len);
    if (taken < len)
        stream_keep(connection, (const char *)bytes + taken, len - taken);
    struct websocket_end end = websocket_end(connection->websocket);
    if (end.code == 0 && !websocket_idle(connection->websocket))
        return;
    websocket_free(connection->websocket, &connection->host->spare_websocket);
    connection->websocket = NULL;
    if (end.code != 0)
        on_frames_end(connection, end);
}

static void on_frames_written(struct connection *connection)
{
    if (connection_is_open(connection))
        connection->owner->drained(connection);
}

static void on_frames_stalled(struct connection *connection)
{
    if (connection_is_open(connection))
        connection->owner->stalled(connection);
}

static void on_frames_resumed(struct connection *connection)
{
    if (connection_is_open(connection))
        connection->owner->resumed(connection);
}

/* Frames that came before the end are processed first. */
static bool on_frames_ended(struct connection *connection)
{
    return !connection->kept;
}

static void on_websocket_closed(struct connection *connection)
{
    connection->owner->closed(connection, connection->code);
    websocket_free(connection->websocket, &connection->host->spare_websocket);
}

void connection_open(
    struct connection *connection, const struct connection_owner *owner, void *object)
{
    static const struct stream_user user = {on_frame_bytes, on_frames_written, on_frames_stalled,
        on_frames_resumed, on_frames_ended, on_websocket_closed};
    struct host *host = connection->host;

    connection->user = &user;
    connection->owner = owner;
    connection->object = object;
    connection->code = CLOSE_ABNORMAL;
    connection->max_message = (uint32_t)host->settings.max_message;
    if (connection->state != STREAM_OPEN)
        return;
    connection->upgraded = true;
    host->counters.upgraded++;
    host->counters.open++;
    owner->opened(connection);
}

/* For the owner */

void connection_set_owner(
    struct connection *connection, const struct connection_owner *owner, void *object)
{
    connection->owner = owner;
    connection->object = object;
}

void *connection_object(const struct connection *connection)
{
    return connection->object;
}

uint64_t connection_number(const struct connection *connection)
{
    return connection->number;
}

const char *connection_address(const struct connection *connection)
{
    return connection->address;
}

bool connection_is_counted(const struct connection *connection)
{
    return connection->counted != NULL;
}

const char *connection_peer(const struct connection *connection)
{
    return connection->peer;
}

size_t connection_unsent(const struct connection *connection)
{
    return stream_unsent(connection);
}

uint64_t connection_queued(const struct connection *connection)
{
    return connection->queued;
}

/* A Unix socket does not report this: there, what the kernel has taken counts as received. */
uint64_t connection_taken(const struct connection *connection)
{
    uint64_t written = connection->queued - stream_unsent(connection);
    int under_way = 0;

    if (connection->state == STREAM_GONE ||
        ioctl(connection->socket.fd, SIOCOUTQ, &under_way) != 0 || under_way < 0 ||
        (uint64_t)under_way > written)
        return written;
    return written - (uint64_t)under_way;
}

uint64_t connection_read(const struct connection *connection)
{
    return connection->read;
}

bool connection_is_paused(const struct connection *connection)
{
    return connection->paused;
}

size_t connection_asked(const struct connection *connection)
{
    return connection->outbox ? outbox_asked(connection->outbox) : 0;
}

size_t connection_unasked(const struct connection *connection)
{
    return connection->outbox ? outbox_unasked(connection->outbox) : 0;
}

/* Owners stop sending long before; this is a safeguard against one that does not. */
static bool is_overfull(const struct connection *connection)
{
    const struct server_settings *settings = &connection->host->settings;

    return stream_unsent(connection) > 8 * settings->max_buffer + 4 * settings->max_message;
}

static void close_overfull(struct connection *connection)
{
    struct host *host = connection->host;
    struct connection_log log;

    log_paced(connection_log(&log, host->log, connection->number, connection->address), LOG_WARN,
        &host->pace, "closed: far more bytes than max_buffer wait to be sent to it");
    host->counters.overfull++;
    connection_cut(connection, connection->owner->overfull_code, "slow_consumer");
}

static void send_frame(struct connection *connection, struct frame *frame, bool asked)
{
    if (!connection_is_open(connection))
        return;
    if (is_overfull(connection)) {
        stream_push(connection);
        if (connection_is_open(connection) && is_overfull(connection))
            close_overfull(connection);
        if (!connection_is_open(connection))
            return;
    }
    connection->host->counters.frames_out++;
    stream_send(connection, frame, asked);
}

void connection_send(struct connection *connection, struct frame *frame)
{
    send_frame(connection, frame, false);
}

void connection_answer(struct connection *connection, struct frame *frame)
{
    send_frame(connection, frame, true);
}

void connection_cork(struct connection *connection)
{
    stream_cork(connection);
}

void connection_uncork(struct connection *connection)
{
    stream_uncork(connection);
}

void connection_push(struct connection *connection)
{
    stream_push(connection);
}

void connection_hold(struct connection *connection)
{
    if (connection->held || !connection_is_open(connection))
        return;
    connection->host->counters.held++;
    if (connection->websocket)
        websocket_stop(connection->websocket);
    stream_hold(connection);
}

void connection_go_on(struct connection *connection)
{
    if (connection->held)
        stream_resume(connection);
}

void connection_close(struct connection *connection, int code, const char *reason)
{
    if (!connection_is_open(connection))
        return;
    connection->closing = true;
    connection->code = (uint16_t)code;
    stream_resume(connection);
    stream_set_deadline(
        connection, connection->host->settings.close_timeout_ms, stream_on_deadline);
    stream_send_own(connection, frame_close(connection->code, reason));
}

void connection_take_back(struct connection *connection, connection_taken_back *each, void *context)
{
    if (connection_is_open(connection))
        stream_cut(connection, each, context);
}

void connection_cut(struct connection *connection, int code, const char *reason)
{
    connection_take_back(connection, NULL, NULL);
    connection_close(connection, code, reason);
}

void connection_abort(struct connection *connection)
{
    stream_drop(connection);
}
