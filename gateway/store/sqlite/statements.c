#include "gateway/store/sqlite/statements.h"

/* Pending, and its time has come and not gone; `now` is the parameter's number. */
#define IS_DUE(now) \
    "(deliver_after IS NULL OR deliver_after <= " now ")" \
    " AND (expires_at IS NULL OR expires_at > " now ")"
#define IS_UNREAD(now) \
    "status IN ('pending', 'delivered') AND (status = 'delivered' OR (" IS_DUE(now) "))"
/* However often it was sent before: what is out of bounds must not keep a row from being marked. */
#define ATTEMPTS "attempts = min(max(attempts, 0), 9007199254740991 - ?2) + ?2"
#define IS_ENDED "key > 'session_over.' AND key < 'session_over/'"
#define IS_SET_BACK "key > 'set_back.' AND key < 'set_back/'"
#define IS_DEAD(silent_since, ahead) "(alive_at <= " silent_since " OR alive_at > " ahead ")"

const char *const statement_sql[STATEMENT_COUNT] = {
    [STATEMENT_LAST_ID] = "SELECT seq FROM sqlite_sequence WHERE name = 'notifications'",

    [STATEMENT_NOTIFICATION] =
        "SELECT user_id, type, title, body, data, priority, status, created_at, read_at"
        " FROM notifications WHERE id = ?1",
    [STATEMENT_TAIL] = "SELECT id, user_id, status, deliver_after, expires_at"
                       " FROM notifications WHERE id > ?1 ORDER BY id",
    [STATEMENT_NEXT_ID] = "SELECT id FROM notifications WHERE id > ?1 ORDER BY id LIMIT 1",
    [STATEMENT_SCAN] = "SELECT id, status, deliver_after, expires_at, delivered_at"
                       " FROM notifications INDEXED BY notifications_pending"
                       " WHERE user_id = ?1 AND id > ?2 AND id <= ?3 AND status = 'pending'"
                       " ORDER BY id",
    [STATEMENT_SCAN_SHARED] = "SELECT id, status, deliver_after, expires_at, delivered_at"
                              " FROM notifications INDEXED BY notifications_unread"
                              " WHERE user_id = ?1 AND id > ?2 AND id <= ?3"
                              " AND status IN ('pending', 'delivered') ORDER BY id",
    [STATEMENT_FIRST_OWED] = "SELECT id FROM notifications WHERE user_id = ?1 AND id <= ?2"
                             " AND status = 'pending' AND " IS_DUE("?3") " ORDER BY id LIMIT 1",
    [STATEMENT_LIST] = "SELECT id, status, deliver_after, expires_at FROM notifications"
                       " WHERE user_id = ?1 AND id < ?2 ORDER BY id DESC",
    [STATEMENT_LIST_UNREAD] = "SELECT id, status, deliver_after, expires_at FROM notifications"
                              " WHERE user_id = ?1 AND id < ?2"
                              " AND status IN ('pending', 'delivered') ORDER BY id DESC",
    [STATEMENT_UNREAD_BEHIND] =
        "SELECT id, " IS_UNREAD("?4") " FROM notifications INDEXED BY notifications_unread"
                                      " WHERE user_id = ?1 AND id > ?2 AND id <= ?3"
                                      " AND status IN ('pending', 'delivered') ORDER BY id",
    [STATEMENT_BECAME_DUE] = "SELECT id, deliver_after, user_id FROM notifications"
                             " WHERE status = 'pending' AND deliver_after IS NOT NULL"
                             " AND (deliver_after, id) > (?1, ?2) AND deliver_after <= ?3"
                             " ORDER BY deliver_after, id LIMIT ?4",
    [STATEMENT_NEXT_DUE] = "SELECT deliver_after FROM notifications"
                           " WHERE status = 'pending' AND deliver_after IS NOT NULL"
                           " AND deliver_after > ?1 ORDER BY deliver_after LIMIT 1",
    [STATEMENT_EXPIRED] = "SELECT id, expires_at, user_id FROM notifications"
                          " WHERE status = 'pending' AND expires_at IS NOT NULL"
                          " AND (expires_at, id) > (?1, ?2) AND expires_at <= ?3"
                          " ORDER BY expires_at, id LIMIT ?4",
    [STATEMENT_NEXT_EXPIRY] = "SELECT expires_at FROM notifications"
                              " WHERE status = 'pending' AND expires_at IS NOT NULL"
                              " AND expires_at > ?1 ORDER BY expires_at LIMIT 1",

    [STATEMENT_MARK_SENT] = "UPDATE notifications SET " ATTEMPTS " WHERE id = ?1",
    /* A row read, cancelled or expired meanwhile stays so. Tells whether one that had left the
     * count of unread ones has come into it again. */
    [STATEMENT_MARK_DELIVERED] =
        "UPDATE notifications SET " ATTEMPTS ","
        " delivered_at = CASE status WHEN 'pending' THEN ?3 ELSE delivered_at END,"
        " status = CASE status WHEN 'pending' THEN 'delivered' ELSE status END"
        " WHERE id = ?1 RETURNING user_id, expires_at <= ?4",
    [STATEMENT_MARK_FAILED] = "UPDATE notifications SET status = 'failed', error = ?2"
                              " WHERE id = ?1 AND status NOT IN"
                              " ('delivered', 'read', 'expired', 'cancelled', 'failed')",
    [STATEMENT_MARK_EXPIRED] = "UPDATE notifications SET status = 'expired'"
                               " WHERE id = ?1 AND status = 'pending' AND expires_at <= ?2",
    [STATEMENT_MARK_READ] = "UPDATE notifications SET status = 'read', read_at = ?3"
                            " WHERE id = ?1 AND user_id = ?2 AND " IS_UNREAD("?3"),
    [STATEMENT_UNREAD_IDS] =
        "SELECT id FROM notifications"
        " WHERE user_id = ?1 AND id > ?2 AND id <= ?3 AND " IS_UNREAD("?4") " ORDER BY id LIMIT ?5",

    /* The newest ?1 entries, the oldest of them first. */
    [STATEMENT_ENDED] = "SELECT key FROM (SELECT key, value FROM belfry_meta WHERE " IS_ENDED
                        " ORDER BY value DESC LIMIT ?1) ORDER BY value",
    [STATEMENT_ADD_ENDED] = "INSERT INTO belfry_meta (key, value) VALUES (?1, ?2)"
                            " ON CONFLICT (key) DO NOTHING",
    [STATEMENT_LIFT_ENDED] = "DELETE FROM belfry_meta WHERE key = ?1",
    [STATEMENT_DROP_ENDED] = "DELETE FROM belfry_meta WHERE " IS_ENDED " AND value < ?1",

    [STATEMENT_SET_BACK] = "SELECT key, value FROM belfry_meta WHERE " IS_SET_BACK,
    [STATEMENT_CLEAR_SET_BACK] = "DELETE FROM belfry_meta WHERE " IS_SET_BACK,

    [STATEMENT_CHANGES] = "SELECT id, kind, key FROM changes WHERE id > ?1 ORDER BY id",
    [STATEMENT_CLEAR_CHANGES] = "DELETE FROM changes WHERE id <= ?1",
    [STATEMENT_REVOCATION] = "SELECT not_before FROM revocations WHERE user_id = ?1",

    [STATEMENT_ALIVE] = "INSERT INTO gateways (instance, started_at, alive_at) VALUES (?1, ?2, ?3)"
                        " ON CONFLICT (instance) DO UPDATE SET alive_at = excluded.alive_at",
    [STATEMENT_PRESENCE] = "INSERT INTO presence (user_id, instance, connections, last_seen)"
                           " VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT (user_id, instance) DO UPDATE"
                           " SET connections = excluded.connections,"
                           " last_seen = excluded.last_seen",
    [STATEMENT_FORGET_GATEWAYS] =
        "DELETE FROM gateways WHERE instance <> ?1 AND " IS_DEAD("?2", "?3"),
    [STATEMENT_SEEN_UNTIL] = "UPDATE presence SET last_seen = g.alive_at FROM gateways AS g"
                             " WHERE g.instance = presence.instance AND g.instance <> ?1"
                             " AND presence.connections > 0 AND g.alive_at > presence.last_seen",
    [STATEMENT_FORGET_PREDECESSORS] =
        "DELETE FROM gateways WHERE instance <> ?1"
        " AND substr(instance, 1, instr(instance, ':')) = substr(?1, 1, instr(?1, ':'))"
        " AND instr(instance, ':') > 0",
    [STATEMENT_REPAIR_PRESENCE] = "UPDATE presence SET connections = 0 WHERE connections > 0"
                                  " AND instance NOT IN (SELECT instance FROM gateways)",
    [STATEMENT_LEAVE_PRESENCE] = "UPDATE presence SET connections = 0, last_seen = ?2"
                                 " WHERE instance = ?1 AND connections > 0",
    [STATEMENT_LEAVE_GATEWAYS] = "DELETE FROM gateways WHERE instance = ?1",
    [STATEMENT_PRESENCE_BOUND] =
        "SELECT user_id FROM presence WHERE user_id > ?1 ORDER BY user_id LIMIT 1 OFFSET ?2",
    [STATEMENT_FOLD_PRESENCE] =
        "INSERT INTO presence (user_id, instance, connections, last_seen)"
        " SELECT user_id, ?1, 0, max(last_seen) FROM presence"
        " WHERE user_id > ?2 AND (?3 IS NULL OR user_id <= ?3) AND connections = 0"
        " AND instance <> ?1 AND instance NOT IN (SELECT instance FROM gateways)"
        " GROUP BY user_id ON CONFLICT (user_id, instance) DO UPDATE"
        " SET last_seen = max(last_seen, excluded.last_seen)",
    [STATEMENT_DROP_PRESENCE] =
        "DELETE FROM presence WHERE user_id > ?2 AND (?3 IS NULL OR user_id <= ?3)"
        " AND connections = 0 AND instance <> ?1"
        " AND instance NOT IN (SELECT instance FROM gateways)",

    [STATEMENT_OLD_NOTIFICATIONS] = "SELECT id, created_at, status FROM notifications"
                                    " WHERE (created_at, id) > (?1, ?2) AND created_at < ?3"
                                    " ORDER BY created_at, id LIMIT ?4",
    [STATEMENT_DROP_NOTIFICATION] = "DELETE FROM notifications WHERE id = ?1",
    [STATEMENT_DROP_BROADCASTS] =
        "DELETE FROM broadcasts WHERE id IN (SELECT id FROM broadcasts WHERE created_at < ?1"
        " AND sent_at IS NOT NULL AND (expires_at IS NULL OR expires_at < ?1)"
        " ORDER BY created_at LIMIT ?2)",
    [STATEMENT_DROP_REVOCATIONS] =
        "DELETE FROM revocations WHERE user_id IN"
        " (SELECT user_id FROM revocations WHERE not_before < ?1 LIMIT ?2)",
    [STATEMENT_DROP_MESSAGES] =
        "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE created_at < ?1"
        " ORDER BY created_at LIMIT ?2)",
};
