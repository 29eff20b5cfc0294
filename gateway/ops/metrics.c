#include "gateway/ops/metrics.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "build-config.h"

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
    {"connections", "gauge", "Sockets open now.", AT(net.open)},
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
    {"events_unknown_total", "counter", "Events with a name nobody knows.",
        AT(realtime.events_unknown)},
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
    {"topics_refused_total", "counter", "Subscriptions refused: max_topics.",
        AT(realtime.topics_refused)},
    {"user_refused_total", "counter", "Connections refused: max_connections_per_user.",
        AT(realtime.user_refused)},
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

void metrics_write(const struct metrics *metrics, struct buf *out)
{
    buf_addf(out,
        "# HELP belfry_build_info The version that runs.\n# TYPE belfry_build_info gauge\n"
        "belfry_build_info{version=\"%s\"} 1\n",
        PACKAGE_VERSION);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        int64_t value = figure(metrics, table[i].offset, table[i].size);

        buf_addf(out, "# HELP belfry_%s %s\n# TYPE belfry_%s %s\nbelfry_%s %" PRId64 "\n",
            table[i].name, table[i].help, table[i].name, table[i].type, table[i].name, value);
    }
}
