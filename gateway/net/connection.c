#include "gateway/net/connection.h"

#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utlist.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/net/reading.h"
#include "gateway/net/stage.h"

/* After the last word the peer gets so long to come to its end (reading.c: and so many octets): to
 * close with octets unread would reset the connection and so take the answer away. */
#define LINGER_MS 2000
/* Small frames cost more than their octets. */
#define FRAMES_MAX 4096
#define STALL_LOOKS 4

static void on_taking_awaited(struct wheel_entry *entry);

/* ---- the end ---- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    struct host *host = connection->host;

    if (connection->owner)
        connection->owner->closed(connection, connection->code);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        host->connections = connection->next;
    http_request_free(connection->request);
    websocket_free(connection->websocket);
    free(connection->kept);
    outbox_free(connection->outbox);
    addresses_leave(host->addresses, connection->counted);
    if (connection->address != connection->peer)
        free(connection->address);
    free(connection->peer);
    free(connection);
    if (--host->connection_count == 0)
        host->emptied(host);
}

void connection_drop(struct connection *connection)
{
    if (connection->stage == GONE)
        return;
    if (connection->upgraded)
        connection->host->counters.open--;
    connection->stage = GONE;
    if (connection->resuming)
        DL_DELETE2(connection->host->resumed, connection, previous_resumed, next_resumed);
    connection->resuming = false;
    wheel_stop(&connection->deadline);
    uv_close(&connection->handle, on_handle_closed);
}

struct connection *connection_of_deadline(struct wheel_entry *entry)
{
    return container_of(entry, struct connection, deadline);
}

static void on_deadline(struct wheel_entry *entry)
{
    connection_drop(connection_of_deadline(entry));
}

void connection_set_deadline(
    struct connection *connection, int64_t after_ms, void (*expired)(struct wheel_entry *))
{
    wheel_start(connection->host->wheel, &connection->deadline, after_ms, expired);
}

/* Everything is written: tell the peer so, and let it close. */
static void linger(struct connection *connection)
{
    int fd;

    if (connection->ended || uv_fileno(&connection->handle, &fd) != 0) {
        connection_drop(connection);
        return;
    }
    shutdown(fd, SHUT_WR);
    connection->stage = LINGERING;
    connection_set_deadline(connection, LINGER_MS, on_deadline);
}

/* ---- writing ---- */

bool connection_is_flooded(const struct connection *connection, size_t max_octets)
{
    return connection->outbox != NULL && (outbox_unsent(connection->outbox) > max_octets ||
                                             outbox_frames(connection->outbox) > FRAMES_MAX);
}

/* The outbox is empty, or there was none. */
static void all_written(struct connection *connection, bool tell)
{
    outbox_free(connection->outbox);
    connection->outbox = NULL;
    if (connection->stage == FINISHING)
        linger(connection);
    if (connection->stage != OPEN)
        return;
    wheel_stop(&connection->deadline);
    reading_go_on(connection);
    if (tell)
        connection->owner->drained(connection);
}

/* Looked at several times in the time-out, so that it is not much longer. */
static void await_taking(struct connection *connection)
{
    int64_t timeout = connection->host->settings.stall_timeout_ms;

    if (timeout > 0)
        connection_set_deadline(connection, timeout / STALL_LOOKS + 1, on_taking_awaited);
}

static void on_taking_awaited(struct wheel_entry *entry)
{
    struct connection *connection = connection_of_deadline(entry);
    int64_t now = clock_steady_ms(connection->host->clock);
    uint64_t taken = connection_written(connection);

    if (connection->stage != OPEN || !connection->outbox)
        return;
    if (taken != connection->stalled_upto) {
        connection->stalled_upto = taken;
        connection->stalled_at = now;
    }
    if (now - connection->stalled_at >= connection->host->settings.stall_timeout_ms)
        connection->owner->stalled(connection);
    if (connection->stage == OPEN)
        await_taking(connection);
}

/* From now on something waits for the kernel. */
static void watch_taking(struct connection *connection)
{
    if (connection->stage != OPEN || wheel_started(&connection->deadline))
        return;
    connection->stalled_upto = connection_written(connection);
    connection->stalled_at = clock_steady_ms(connection->host->clock);
    await_taking(connection);
}

void connection_flush(struct connection *connection, bool tell)
{
    enum outbox_state state = OUTBOX_EMPTY;

    if (connection->stage == GONE || connection->corks > 0)
        return;
    if (connection->outbox)
        state = outbox_flush(connection->outbox);
    if (state == OUTBOX_BROKEN)
        connection_drop(connection);
    else if (state == OUTBOX_EMPTY)
        all_written(connection, tell && connection->outbox);
    else
        watch_taking(connection);
    if (state == OUTBOX_WAITING &&
        !connection_is_flooded(connection, connection->host->settings.max_buffer / 2))
        reading_go_on(connection);
}

void connection_push(struct connection *connection)
{
    uint8_t corks = connection->corks;

    connection->corks = 0;
    connection_flush(connection, false);
    connection->corks = corks;
}

static void on_written(void *context, int status)
{
    struct connection *connection = context;

    if (status < 0)
        connection_drop(connection);
    else
        connection_flush(connection, true);
}

static void enqueue(struct connection *connection, struct frame *frame, bool asked)
{
    if (!connection->outbox)
        connection->outbox = outbox_new(&connection->stream, on_written, connection);
    outbox_add(connection->outbox, frame, asked);
    connection->queued += frame->len;
    connection->host->counters.octets_out += frame->len;
    connection_flush(connection, false);
}

void connection_send_own(struct connection *connection, struct frame *frame)
{
    enqueue(connection, frame, true);
    frame_unref(frame);
}

void connection_finish(struct connection *connection)
{
    bool has_deadline = connection->stage == CLOSING;

    connection->stage = FINISHING;
    if (!has_deadline)
        connection_set_deadline(
            connection, connection->host->settings.close_timeout_ms, on_deadline);
    reading_drop_kept(connection);
    connection->held = false;
    reading_set(connection, true);
    connection_flush(connection, false);
}

/* ---- for the owner ---- */

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

const char *connection_peer(const struct connection *connection)
{
    return connection->peer;
}

int64_t connection_opened_at(const struct connection *connection)
{
    return connection->opened_at;
}

bool connection_is_open(const struct connection *connection)
{
    return connection->stage == OPEN;
}

size_t connection_unsent(const struct connection *connection)
{
    return !connection->outbox ? 0 : outbox_unsent(connection->outbox);
}

uint64_t connection_queued(const struct connection *connection)
{
    return connection->queued;
}

uint64_t connection_written(const struct connection *connection)
{
    return connection->queued - connection_unsent(connection);
}

/* A Unix socket does not tell: there the kernel that took it is the peer's. */
uint64_t connection_taken(const struct connection *connection)
{
    uint64_t written = connection_written(connection);
    int fd, under_way = 0;

    if (connection->stage == GONE || uv_fileno(&connection->handle, &fd) != 0 ||
        ioctl(fd, SIOCOUTQ, &under_way) != 0 || under_way < 0 || (uint64_t)under_way > written)
        return written;
    return written - (uint64_t)under_way;
}

uint64_t connection_read(const struct connection *connection)
{
    return connection->read;
}

size_t connection_asked(const struct connection *connection)
{
    return !connection->outbox ? 0 : outbox_asked(connection->outbox);
}

size_t connection_unasked(const struct connection *connection)
{
    return !connection->outbox ? 0 : outbox_unasked(connection->outbox);
}

/* Owners look at what waits and stop long before; this is for one that does not. */
static size_t hard_bound(const struct server_settings *settings)
{
    return 8 * settings->max_buffer + 4 * settings->max_message;
}

static void refuse_more(struct connection *connection)
{
    char number[24];

    snprintf(number, sizeof(number), "%llu", (unsigned long long)connection->number);
    struct logger log = logger_with(connection->host->log, "conn", number);
    log_paced(&log, LOG_WARN, &connection->host->pace,
        "closed: far more octets than max_buffer wait for it");
    connection->host->counters.overfull++;
    connection_cut(connection, CLOSE_SLOW_CONSUMER, "slow_consumer");
}

static void send_frame(struct connection *connection, struct frame *frame, bool asked)
{
    if (connection->stage != OPEN)
        return;
    if (connection_unsent(connection) > hard_bound(&connection->host->settings)) {
        connection_push(connection);
        if (connection->stage == OPEN &&
            connection_unsent(connection) > hard_bound(&connection->host->settings))
            refuse_more(connection);
        if (connection->stage != OPEN)
            return;
    }
    connection->host->counters.frames_out++;
    enqueue(connection, frame, asked);
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
    connection->corks++;
}

void connection_uncork(struct connection *connection)
{
    connection->corks--;
    connection_flush(connection, false);
}

void connection_take_back(struct connection *connection, connection_taken_back *each, void *context)
{
    if (connection->stage != OPEN || !connection->outbox)
        return;
    uint64_t unsent = outbox_unsent(connection->outbox);
    outbox_cut(connection->outbox, each, context);
    connection->queued -= unsent - outbox_unsent(connection->outbox);
}

void connection_cut(struct connection *connection, int code, const char *reason)
{
    connection_take_back(connection, NULL, NULL);
    connection_close(connection, code, reason);
}

void connection_close(struct connection *connection, int code, const char *reason)
{
    if (connection->stage != OPEN)
        return;
    connection->held = false;
    reading_resume(connection);
    connection->code = (uint16_t)code;
    connection->stage = CLOSING;
    connection_set_deadline(connection, connection->host->settings.close_timeout_ms, on_deadline);
    connection_send_own(connection, frame_close(connection->code, reason));
}

void connection_abort(struct connection *connection)
{
    connection_drop(connection);
}

struct connection *connection_next(const struct connection *connection)
{
    return connection->next;
}
