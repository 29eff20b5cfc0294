#include "gateway/ops/metrics.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "build-config.h"
#include "gateway/ops/exposition.h"

/* A gauge that is counted in milliseconds, and told in seconds. */
#define MILLISECONDS "milliseconds"

/* A figure's offset and size: a size_t has 32 bits on some machines. */
#define AT(member) offsetof(struct metrics, member), sizeof(((struct metrics *)NULL)->member)

/* One of the store's counters (counters.h). */
#define STORE_ROW(id, member, name, type, help) {name, type, help, AT(store.member)},

static const struct {
    const char *name, *type, *help;
    size_t offset, size;
} table[] = {
    {"start_time_seconds", "gauge", "When this process started, Unix seconds.", AT(started_at)},
    {"ready", "gauge", "Whether the gateway is ready, as /readyz says.", AT(ready)},
    {"websockets", "gauge", "WebSockets open now, of any client.", AT(net.open)},
    {"buffered_bytes", "gauge", "Bytes that wait to be written to sockets, now.", AT(net.waiting)},
    {"polling_buffered_bytes", "gauge", "Bytes that wait to be fetched by long polling, now.",
        AT(framing.waiting)},
    {"clients", "gauge", "Clients that have asked to connect, now.", AT(realtime.clients)},
    {"users", "gauge", "Users with a connection, now.", AT(realtime.users)},
    {"topics", "gauge", "Topics that somebody has joined, now.", AT(realtime.topics)},
    {"subscriptions", "gauge", "Subscriptions to topics, now.", AT(realtime.subscriptions)},
    {"connections_accepted_total", "counter", "Sockets accepted.", AT(net.accepted)},
    {"connections_upgraded_total", "counter", "Sockets that became WebSockets.", AT(net.upgraded)},
    {"requests_refused_total", "counter", "Upgrade requests answered with an HTTP error.",
        AT(net.refused)},
    {"address_refused_total", "counter", "Upgrades refused 429: max_connections_per_address.",
        AT(net.refused_address)},
    {"full_refused_total", "counter", "Sockets refused 503: max_connections.",
        AT(net.refused_full)},
    {"draining_refused_total", "counter", "Sockets refused 503 while the gateway drains.",
        AT(net.refused_draining)},
    {"sockets_dropped_total", "counter", "Sockets far above a limit, closed without an answer.",
        AT(net.dropped)},
    {"too_large_closed_total", "counter", "Connections closed 1009: max_message.",
        AT(net.too_large)},
    {"overfull_closed_total", "counter",
        "Connections closed 4408 since far more than max_buffer waited.", AT(net.overfull)},
    {"accept_paused_total", "counter", "Times accepting paused for want of descriptors.",
        AT(net.accept_paused)},
    {"sockets_unwatched_total", "counter",
        "Connections closed since the kernel had no room to watch their socket.",
        AT(net.unwatched)},
    {"messages_received_total", "counter", "WebSocket messages from clients.", AT(net.messages_in)},
    {"received_bytes_total", "counter", "Bytes read from clients.", AT(net.bytes_in)},
    {"frames_sent_total", "counter", "WebSocket frames to clients.", AT(net.frames_out)},
    {"sent_bytes_total", "counter", "Bytes written to clients.", AT(net.bytes_out)},
    {"origin_refused_total", "counter", "Upgrades refused for a foreign Origin.",
        AT(framing.refused_origin)},
    {"polling_refused_total", "counter",
        "Requests for transport=polling refused, since `transports` leaves it out.",
        AT(framing.refused_polling)},
    {"socketless_sessions", "gauge",
        "Sessions on long polling or an event stream, now: they have no socket of their own.",
        AT(directory.sessions)},
    {"socketless_sessions_total", "counter", "Sessions begun without a socket of their own.",
        AT(directory.entered)},
    {"socketless_full_refused_total", "counter", "Such sessions refused 503: max_connections.",
        AT(directory.refused_full)},
    {"socketless_address_refused_total", "counter",
        "Such sessions refused 429: max_connections_per_address.", AT(directory.refused_address)},
    {"socketless_left_total", "counter",
        "Such sessions ended by their client: closed, or a request cancelled.",
        AT(directory.ended[DIRECTORY_LEFT])},
    {"socketless_upgraded_total", "counter", "Such sessions that moved to a WebSocket.",
        AT(directory.ended[DIRECTORY_UPGRADED])},
    {"socketless_silent_total", "counter", "Such sessions closed for silence.",
        AT(directory.ended[DIRECTORY_SILENT])},
    {"socketless_slow_total", "counter",
        "Such sessions closed since their client did not take what waited.",
        AT(directory.ended[DIRECTORY_SLOW])},
    {"socketless_broken_total", "counter", "Such sessions closed for a breach of framing.",
        AT(directory.ended[DIRECTORY_BROKEN])},
    {"socketless_closed_total", "counter",
        "Such sessions closed for any other reason: their token, a limit, a drain.",
        AT(directory.ended[DIRECTORY_CLOSED])},
    {"polls_total", "counter", "GET requests of sessions on long polling.", AT(framing.polls)},
    {"polling_posts_total", "counter", "POST requests of sessions on long polling.",
        AT(framing.polling_posts)},
    {"upgrades_begun_total", "counter",
        "WebSockets that a session on long polling opened, to move there.",
        AT(framing.upgrades_begun)},
    {"upgrades_done_total", "counter", "Such WebSockets that the session moved to.",
        AT(framing.upgrades_done)},
    {"upgrades_failed_total", "counter",
        "Such WebSockets that came to nothing: the session stayed on long polling, or ended.",
        AT(framing.upgrades_failed)},
    {"event_streams_total", "counter", "Event streams begun, by GET.", AT(framing.event_streams)},
    {"event_posts_total", "counter", "POST requests of sessions on an event stream.",
        AT(framing.event_posts)},
    {"session_ids_unknown_total", "counter",
        "Requests that named a session that has ended, or never was.", AT(directory.unknown)},
    {"bad_messages_total", "counter", "Connections closed for a breach of framing.",
        AT(framing.bad_messages)},
    {"silent_closed_total", "counter", "Connections closed for silence.", AT(framing.silent)},
    {"connect_timeouts_total", "counter", "Connections closed for not authenticating in time.",
        AT(framing.connect_timeouts)},
    {"events_received_total", "counter", "Events from clients.", AT(framing.events_in)},
    {"events_sent_total", "counter", "Events to clients.", AT(framing.events_out)},
    {"tokens_accepted_total", "counter", "Tokens that let somebody in.", AT(realtime.accepted)},
    {"tokens_refused_total", "counter", "Connections refused for their token.",
        AT(realtime.refused)},
    {"tokens_expired_total", "counter", "Connections closed at their token's end.",
        AT(realtime.expired)},
    {"tokens_revoked_total", "counter", "Connections closed by a revocation.",
        AT(realtime.revoked)},
    {"sessions_ended_total", "counter", "Connections closed because their session ended.",
        AT(realtime.sessions_over)},
    {"rate_limited_total", "counter", "Events refused for their rate.", AT(realtime.rate_limited)},
    {"requests_held_total", "counter",
        "Times a client's requests waited for earlier answers to go out.", AT(net.held)},
    {"events_unavailable_total", "counter", "Events refused while the queue was not to be had.",
        AT(realtime.unavailable)},
    {"floods_closed_total", "counter", "Connections closed for a flood.", AT(realtime.floods)},
    {"events_dropped_total", "counter", "Typing and presence not sent to slow clients.",
        AT(realtime.dropped)},
    {"slow_consumers_total", "counter", "Connections closed because they took nothing for long.",
        AT(framing.slow_consumers)},
    {"subscriptions_behind_total", "counter",
        "Times a subscription fell behind and was read on from the queue.",
        AT(realtime.fell_behind)},
    {"source_held_total", "counter",
        "Times messages and broadcasts waited in the queue for those before them to be sent.",
        AT(realtime.held_back)},
    {"events_waiting", "gauge",
        "Messages, broadcasts and the like that are being sent to their topic, or wait for that.",
        AT(realtime.fanout_waiting)},
    {"notifications_sent_total", "counter", "Notifications sent to connections.",
        AT(realtime.notifications_sent)},
    {"notifications_confirmed_total", "counter", "Notifications confirmed by connections.",
        AT(realtime.notifications_confirmed)},
    {"unconfirmed_notifications", "gauge",
        "Notifications in the windows of all connections, sent and not confirmed, now.",
        AT(realtime.unconfirmed)},
    {"windows_full", "gauge",
        "Connections that are sent no more notifications until they confirm some, now.",
        AT(realtime.windows_full)},
    {"notification_changes_sent_total", "counter",
        "Events about notifications that were changed, removed or marked elsewhere.",
        AT(realtime.changes_sent)},
    {"notification_changes_behind_total", "counter",
        "Such events not sent to a slow client, which was told the last state later.",
        AT(realtime.changes_behind)},
    {"notification_changes_closed_total", "counter",
        "Connections closed 4408 since too many notifications changed while they took nothing.",
        AT(realtime.changes_overflowed)},
    {"confirmations_overdue_total", "counter", "Connections closed for confirming nothing.",
        AT(realtime.confirmations_overdue)},
    STORE_COUNTERS(STORE_ROW)};

/* Figures of 64 bits are signed or stay below 2^63; narrower ones are unsigned. */
static int64_t figure(const struct metrics *metrics, size_t offset, size_t size)
{
    const char *at = (const char *)metrics + offset;
    int64_t wide;
    uint32_t narrow;

    if (size == sizeof(narrow)) {
        memcpy(&narrow, at, sizeof(narrow));
        return narrow;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

static void write_build(struct buf *out)
{
    static const struct exposition_label version[] = {{"version", PACKAGE_VERSION}, {NULL, NULL}};

    exposition_begin(out, "build_info", "gauge", "The version that runs.");
    exposition_sample(out, "build_info", version, 1);
}

static void write_figures(const struct metrics *metrics, struct buf *out)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int64_t value = figure(metrics, table[i].offset, table[i].size);
        bool is_ms = strcmp(table[i].type, MILLISECONDS) == 0;

        exposition_begin(out, table[i].name, is_ms ? "gauge" : table[i].type, table[i].help);
        if (is_ms)
            exposition_sample_ms(out, table[i].name, value);
        else
            exposition_sample(out, table[i].name, NULL, value);
    }
}

/* The framings' places are those of socketio_framing and plain_framing. */
static void write_connections(const struct metrics *metrics, struct buf *out)
{
    static const struct {
        const char *carrier, *framing;
        enum transport transport;
        unsigned place;
    } kinds[] = {
        {"websocket", "socket.io", TRANSPORT_WEBSOCKET, 0},
        {"websocket", "plain", TRANSPORT_WEBSOCKET, 1},
        {"polling", "socket.io", TRANSPORT_POLLING, 0},
        {"events", "plain", TRANSPORT_EVENTS, 1},
    };

    exposition_begin(out, "connections", "gauge",
        "Sessions of clients, now, by what carries them and what they speak.");
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct exposition_label labels[] = {
            {"carrier", kinds[i].carrier}, {"framing", kinds[i].framing}, {NULL, NULL}};

        exposition_sample(out, "connections", labels,
            (int64_t)metrics->framing.connections[kinds[i].transport][kinds[i].place]);
    }
}

static void write_refusals(const struct metrics *metrics, struct buf *out)
{
    exposition_begin(out, "refusals_total", "counter",
        "What clients were refused, a connection or an event, by the code they were told.");
    for (size_t i = 0; i < REFUSAL_CODES; i++) {
        const struct exposition_label labels[] = {{"code", refusal_codes[i]}, {NULL, NULL}};

        exposition_sample(out, "refusals_total", labels, (int64_t)metrics->framing.refusals[i]);
    }
}

static void write_http_refusals(const struct metrics *metrics, struct buf *out)
{
    exposition_begin(out, "http_refusals_total", "counter",
        "Requests answered with an HTTP error, by its status.");
    for (size_t i = 0; i < HTTP_REFUSALS; i++) {
        char status[16] = "other";
        const struct exposition_label labels[] = {{"status", status}, {NULL, NULL}};

        if (http_refusals[i] > 0)
            snprintf(status, sizeof(status), "%d", http_refusals[i]);
        exposition_sample(
            out, "http_refusals_total", labels, (int64_t)metrics->net.refused_status[i]);
    }
}

/* Those of one name stand together. */
static const struct {
    const char *name, *stage, *help;
    size_t offset;
} histograms[] = {
    {"delivery_seconds", "send",
        "send: from created_at of a notification to its sending, for each connection that was open "
        "and not waiting for its user or its time; clocks of publishers count. confirm: from there "
        "to its confirmation. Known to the millisecond.",
        offsetof(struct metrics, realtime.send_times)},
    {"delivery_seconds", "confirm", NULL, offsetof(struct metrics, realtime.confirm_times)},
    {"handshake_seconds", NULL,
        "From when a client sent its token to when it was let in; refused ones are not counted.",
        offsetof(struct metrics, realtime.handshakes)},
    {"store_transaction_seconds", NULL,
        "How long transactions that wrote to the queue took, with their commit.",
        offsetof(struct metrics, store.transactions)},
};

static void write_histograms(const struct metrics *metrics, struct buf *out)
{
    for (size_t i = 0; i < sizeof(histograms) / sizeof(histograms[0]); i++) {
        const struct exposition_label stage[] = {{"stage", histograms[i].stage}, {NULL, NULL}};
        const char *at = (const char *)metrics + histograms[i].offset;

        if (histograms[i].help)
            exposition_begin(out, histograms[i].name, "histogram", histograms[i].help);
        exposition_histogram(out, histograms[i].name, histograms[i].stage ? stage : NULL,
            (const struct histogram_copy *)(const void *)at);
    }
}

void metrics_write(const struct metrics *metrics, struct buf *out)
{
    write_build(out);
    write_figures(metrics, out);
    write_connections(metrics, out);
    write_refusals(metrics, out);
    write_http_refusals(metrics, out);
    write_histograms(metrics, out);
}
