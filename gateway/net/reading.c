#include "gateway/net/reading.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/net/stage.h"

/* Octets that are read of one to whom the last word was said. */
#define LINGER_OCTETS (256 * 1024)
/* Small frames cost more than their octets. */
#define PONGS_MAX 1024

static void keep(struct connection *connection, const void *octets, size_t len)
{
    connection->kept = mem_alloc(len);
    memcpy(connection->kept, octets, len);
    connection->kept_len = len;
}

void reading_drop_kept(struct connection *connection)
{
    free(connection->kept);
    connection->kept = NULL;
    connection->kept_len = 0;
}

static bool may_read(const struct connection *connection)
{
    return !connection->held && !connection->kept &&
           !connection_is_flooded(connection, connection->host->settings.max_buffer);
}

/* ---- frames ---- */

/* One that asks and does not listen is dropped, once the kernel takes no more of the answers. */
static void answer_ping(struct connection *connection, const void *payload, size_t len)
{
    if (connection->outbox && outbox_frames(connection->outbox) >= PONGS_MAX) {
        connection_push(connection);
        if (connection->outbox && outbox_frames(connection->outbox) >= PONGS_MAX)
            connection_drop(connection);
    }
    if (connection->stage == OPEN)
        connection_send_own(connection, frame_new(FRAME_PONG, payload, len));
}

static void on_message(void *context, enum frame_kind kind, const void *data, size_t len)
{
    struct connection *connection = context;

    if (connection->stage != OPEN)
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

/* The peer has closed, or broken the protocol: either way it is not listened to any longer. */
static void on_end(struct connection *connection, struct websocket_end end)
{
    if (end.code == CLOSE_TOO_BIG)
        connection->host->counters.too_large++;
    if (connection->stage == OPEN) {
        connection->code = (uint16_t)end.code;
        connection_send_own(connection, frame_close(connection->code, NULL));
    }
    if (connection->stage != GONE)
        connection_finish(connection);
}

void reading_take(struct connection *connection, const void *octets, size_t len)
{
    if (!connection->websocket)
        connection->websocket = websocket_new(connection->max_message, on_message, connection);
    size_t taken = websocket_feed(connection->websocket, octets, len);
    if (taken < len)
        keep(connection, (const char *)octets + taken, len - taken);
    struct websocket_end end = websocket_end(connection->websocket);
    if (end.code == 0 && !websocket_idle(connection->websocket))
        return;
    websocket_free(connection->websocket);
    connection->websocket = NULL;
    if (end.code != 0)
        on_end(connection, end);
}

/* ---- reading ---- */

static void discard(struct connection *connection, size_t len)
{
    connection->discarded += (uint32_t)len;
    if (connection->discarded > LINGER_OCTETS)
        connection_drop(connection);
}

static void take_octets(struct connection *connection, const void *octets, size_t len)
{
    connection->read += len;
    connection->host->counters.octets_in += len;
    if (connection->stage == REQUEST)
        handshake_take(connection, octets, len);
    else if (connection->stage == OPEN || connection->stage == CLOSING)
        reading_take(connection, octets, len);
    else
        discard(connection, len);
}

static void on_ended(struct connection *connection, ssize_t error)
{
    connection->ended = true;
    if (error != UV_EOF || connection->stage != FINISHING)
        connection_drop(connection);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct connection *connection = stream->data;

    if (len == 0)
        return;
    if (len < 0) {
        on_ended(connection, len);
        return;
    }
    connection->corks++;
    take_octets(connection, buf->base, (size_t)len);
    connection->corks--;
    connection_flush(connection, true);
    if (connection->stage == OPEN && !may_read(connection))
        reading_set(connection, false);
}

static void on_space(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct connection *connection = handle->data;

    (void)suggested;
    *buf = uv_buf_init(connection->host->read_buffer, HOST_READ_SIZE);
}

void reading_set(struct connection *connection, bool reading)
{
    if (connection->paused != reading || connection->stage == GONE)
        return;
    connection->paused = !reading;
    if (!reading)
        uv_read_stop(&connection->stream);
    else if (!connection->ended && uv_read_start(&connection->stream, on_space, on_read) != 0)
        connection_drop(connection);
}

void reading_go_on(struct connection *connection)
{
    if (may_read(connection))
        reading_set(connection, true);
}

/* ---- holding ---- */

void connection_hold(struct connection *connection)
{
    if (connection->held || connection->stage != OPEN)
        return;
    connection->held = true;
    connection->host->counters.held++;
    if (connection->websocket)
        websocket_stop(connection->websocket);
    reading_set(connection, false);
}

void reading_resume(struct connection *connection)
{
    struct host *host = connection->host;

    if (connection->resuming || connection->stage == GONE)
        return;
    connection->resuming = true;
    DL_APPEND2(host->resumed, connection, previous_resumed, next_resumed);
    uv_idle_start(&host->idle, reading_resume_all);
}

void connection_go_on(struct connection *connection)
{
    if (!connection->held)
        return;
    connection->held = false;
    reading_resume(connection);
}

bool connection_is_paused(const struct connection *connection)
{
    return connection->paused;
}

/* The owner may have held it again. */
static void deal_with(struct connection *connection, const char *octets, size_t len)
{
    if (connection->held)
        keep(connection, octets, len);
    else
        reading_take(connection, octets, len);
}

/* What was kept comes first; it may be held again by what it says. */
static void resume(struct connection *connection)
{
    char *kept = connection->kept;
    size_t len = connection->kept_len;

    connection->kept = NULL;
    connection->kept_len = 0;
    connection->corks++;
    if (connection->stage == OPEN)
        connection->owner->resumed(connection);
    if (kept)
        deal_with(connection, kept, len);
    connection->corks--;
    free(kept);
    connection_flush(connection, true);
    if (connection->stage != GONE)
        reading_go_on(connection);
}

/* One round: those that are resumed meanwhile have the next. */
void reading_resume_all(uv_idle_t *idle)
{
    struct host *host = idle->data;
    struct connection *last = host->resumed ? host->resumed->previous_resumed : NULL, *one = NULL;

    while (host->resumed && one != last) {
        one = host->resumed;
        DL_DELETE2(host->resumed, one, previous_resumed, next_resumed);
        one->resuming = false;
        if (!one->held)
            resume(one);
    }
    if (!host->resumed)
        uv_idle_stop(idle);
}
