/*
 * counters: what the store's thread counts, for /metrics.
 *
 * One line per counter. The thread's enum, the loop's snapshot (struct
 * store_counters, store.h) and the rows of the metrics table are all generated
 * from it, so a new counter needs only a new line here.
 */
#ifndef BELFRY_GATEWAY_STORE_COUNTERS_H
#define BELFRY_GATEWAY_STORE_COUNTERS_H

/* X(in the enum, in the snapshot, in /metrics behind "belfry_", type, help). The type
 * "milliseconds" is a gauge that is told in seconds. */
#define STORE_COUNTERS(X) \
    X(ROWS_READ, rows_read, "queue_rows_read_total", "counter", "Rows read from the queue.") \
    X(ROWS_MARKED, rows_marked, "queue_rows_marked_total", "counter", "Rows marked in the queue.") \
    X(ROWS_EXPIRED, rows_expired, "queue_rows_expired_total", "counter", \
        "Rows that expired undelivered.") \
    X(ROWS_FAILED, rows_failed, "queue_rows_failed_total", "counter", \
        "Rows that could not be sent as they are.") \
    X(ROWS_PURGED, rows_purged, "queue_rows_purged_total", "counter", \
        "Rows removed at the end of their retention.") \
    X(ROWS_COUNTED, rows_counted, "queue_rows_counted_total", "counter", \
        "Rows looked at to count the unread ones.") \
    X(MESSAGES_SAID, messages_said, "queue_messages_said_total", "counter", \
        "Messages of clients that were stored.") \
    X(MESSAGES_READ, messages_read, "queue_messages_read_total", "counter", \
        "Messages read from the queue.") \
    X(MESSAGES_FAILED, messages_failed, "queue_messages_failed_total", "counter", \
        "Messages that could not be sent as they are.") \
    X(BROADCASTS_TOLD, broadcasts_told, "queue_broadcasts_told_total", "counter", \
        "Broadcasts read from the queue and sent.") \
    X(BROADCAST_WAITED_MS, broadcast_waited_ms, "queue_broadcast_waited_seconds", "milliseconds", \
        "How old the last broadcast was when it was read from the queue.") \
    X(SIBLINGS_TOLD, siblings_told, "queue_gateways_told_total", "counter", \
        "Passing events, such as typing, sent to the other gateways.") \
    X(SIBLINGS_HEARD, siblings_heard, "queue_gateways_heard_total", "counter", \
        "Passing events that other gateways sent.") \
    X(SIBLINGS_DROPPED, siblings_dropped, "queue_gateways_dropped_total", "counter", \
        "Passing events dropped on their way between gateways, since too many waited.") \
    X(COMMITS, commits, "queue_commits_total", "counter", "Transactions committed.") \
    X(BUSY, busy, "queue_busy_total", "counter", "Writes that found the queue locked.") \
    X(ERRORS, errors, "queue_errors_total", "counter", "Errors of the database.") \
    X(WAKEUPS, wakeups, "queue_wakeups_total", "counter", \
        "Times a change of the file, or a NOTIFY, woke the queue.") \
    X(POLLS, polls, "queue_polls_total", "counter", "Times the slow poll did.") \
    X(SESSION_SEARCHES, session_searches, "session_searches_total", "counter", \
        "Passes over all sessions for some that were not at their rows.") \
    X(REQUESTS_WAITING, requests_waiting, "queue_requests_waiting", "gauge", \
        "Requests the queue has not taken yet.") \
    X(UNMARKED, unmarked, "queue_unmarked", "gauge", "Rows confirmed and not yet marked.") \
    X(CHECKPOINTS, checkpoints, "queue_checkpoints_total", "counter", \
        "Times the WAL was copied into the database since it was opened, without failures.") \
    X(LAST_CHECKPOINT_MS, last_checkpoint_ms, "queue_last_checkpoint_seconds", "milliseconds", \
        "How long the last checkpoint took, while the queue worked on.") \
    X(ROWS_BEHIND, rows_behind, "queue_rows_behind", "gauge", \
        "Rows inserted and not looked at yet.") \
    X(WAL_PAGES, wal_pages, "queue_wal_pages", "gauge", \
        "Pages in the WAL since it was last begun anew.") \
    X(WAL_BYTES, wal_bytes, "wal_bytes", "gauge", \
        "The length of the -wal beside the queue's file; 0 with PostgreSQL.") \
    X(PENDING, pending, "pending_notifications", "gauge", \
        "Notifications that are pending, whatever they wait for, as counted last.") \
    X(PENDING_PUT_OFF, pending_put_off, "pending_put_off_notifications", "gauge", \
        "Of the pending ones, those that are put off by deliver_after.") \
    X(PENDING_ABSENT, pending_absent, "pending_absent_notifications", "gauge", \
        "Of the pending ones, those that are due and whose user has no connection here.") \
    X(PENDING_UNDER_WAY, pending_under_way, "pending_under_way_notifications", "gauge", \
        "Of the pending ones, those that are due and whose user is connected here.") \
    X(OLDEST_PENDING_S, oldest_pending_s, "oldest_pending_seconds", "gauge", \
        "How long ago the oldest one was inserted that is due and whose user is connected here, " \
        "as looked at last; 0: there is none.")

#define STORE_COUNTER_ID(id, member, name, type, help) COUNTER_##id,
enum counter { STORE_COUNTERS(STORE_COUNTER_ID) COUNTERS };
#undef STORE_COUNTER_ID

#endif
