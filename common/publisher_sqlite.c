#include "common/publisher_sqlite.h"

#include <stdlib.h>

#include "common/container_of.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/row_rules.h"

enum {
    INSERT_NOTIFICATION,
    INSERT_MESSAGE,
    INSERT_BROADCAST,
    INSERT_CONVERSATION,
    INSERT_MEMBER,
    FIND_NOTIFICATION,
    FIND_MESSAGE,
    STATEMENTS
};

/* ?7 is when the message is published, ?8 since when it would be a repetition. */
#define SAME_MESSAGE \
    "FROM messages INDEXED BY messages_repeated WHERE conversation_id = ?1 AND sender_id = ?2 " \
    "AND client_ref = ?6 AND content = ?4 AND created_at >= ?8"

/* The parameters are the fields of the kind, in order. An insert that finds its row there already
 * changes nothing. */
static const char *const statement_sql[STATEMENTS] = {
    [INSERT_NOTIFICATION] =
        "INSERT INTO notifications (user_id, title, body, type, priority, data, "
        "deliver_after, expires_at, idempotency_key) "
        "VALUES (?1, ?2, coalesce(?3, ''), coalesce(?4, 'system'), coalesce(?5, 'normal'), "
        "?6, ?7, ?8, ?9) ON CONFLICT (user_id, idempotency_key) DO NOTHING",
    [INSERT_MESSAGE] =
        "INSERT INTO messages (conversation_id, sender_id, sender_name, content, metadata, "
        "client_ref, created_at) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 "
        "WHERE NOT EXISTS (SELECT 1 " SAME_MESSAGE ")",
    [INSERT_BROADCAST] = "INSERT INTO broadcasts (topic, event, data, expires_at, created_at) "
                         "VALUES (?1, ?2, ?3, ?4, ?5)",
    [INSERT_CONVERSATION] =
        "INSERT INTO conversations (id, title) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
    [INSERT_MEMBER] = "INSERT INTO conversation_members (conversation_id, user_id) VALUES (?1, ?2) "
                      "ON CONFLICT (conversation_id, user_id) DO NOTHING",
    [FIND_NOTIFICATION] = "SELECT id FROM notifications WHERE user_id = ?1 "
                          "AND idempotency_key = ?9",
    [FIND_MESSAGE] = "SELECT id " SAME_MESSAGE " ORDER BY id LIMIT 1",
};

/* Which statements write a kind. */
static const struct {
    int insert;
    int find;   /* the id of the row that was there already; STATEMENTS: it has none */
    int fields; /* how many; behind them come the times of publishing that its SQL names */
    int times;
    bool numbered;
} verbs[PUBLICATION_KINDS] = {
    [PUBLICATION_NOTIFICATION] = {INSERT_NOTIFICATION, FIND_NOTIFICATION, NOTIFICATION_FIELDS, 0,
        true},
    [PUBLICATION_MESSAGE] = {INSERT_MESSAGE, FIND_MESSAGE, MESSAGE_FIELDS, 2, true},
    [PUBLICATION_BROADCAST] = {INSERT_BROADCAST, STATEMENTS, BROADCAST_FIELDS, 1, true},
    [PUBLICATION_CONVERSATION] = {INSERT_CONVERSATION, STATEMENTS, CONVERSATION_FIELDS, 0, false},
    [PUBLICATION_MEMBER] = {INSERT_MEMBER, STATEMENTS, MEMBER_FIELDS, 0, false},
};

struct sqlite_publisher {
    struct publisher publisher;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

static struct sqlite_publisher *sqlite_of(struct publisher *publisher)
{
    return container_of(publisher, struct sqlite_publisher, publisher);
}

static int sqlite_begin(struct publisher *publisher, struct reason *why)
{
    return database_exec(sqlite_of(publisher)->db, "BEGIN IMMEDIATE", why);
}

static int sqlite_commit(struct publisher *publisher, struct reason *why)
{
    return database_exec(sqlite_of(publisher)->db, "COMMIT", why);
}

static void sqlite_rollback(struct publisher *publisher)
{
    sqlite3 *db = sqlite_of(publisher)->db;

    if (!sqlite3_get_autocommit(db))
        database_exec(db, "ROLLBACK", NULL);
}

/* Runs the statement for the row and resets it. Where it returns a row, *id is its first column. */
static int run_statement(sqlite3_stmt *statement, const struct publication_row *row, int64_t *id)
{
    static const int64_t before[] = {0, ROW_MESSAGE_REPEAT_MS};
    char times[2][CLOCK_ISO_SIZE];
    int parameters = verbs[row->kind].fields;

    for (int i = 0; i < parameters; i++)
        database_bind(statement, i + 1, row->values[i]);
    for (int i = 0; i < verbs[row->kind].times; i++)
        database_bind(
            statement, parameters + i + 1, clock_iso(row->published_at - before[i], times[i]));
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return result;
}

static enum publisher_result sqlite_failure(sqlite3 *db, struct reason *why)
{
    int code = sqlite3_errcode(db) & 0xff;
    struct reason complaint;

    database_reason(db, &complaint, NULL);
    reason_set(why, "%s", database_complaint(&complaint));
    return code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG ? PUBLISHER_REFUSED
                                                              : PUBLISHER_FAILED;
}

static enum publisher_result write_row(struct sqlite_publisher *sqlite,
    const struct publication_row *row, int64_t *id, struct reason *why)
{
    int find = verbs[row->kind].find;

    if (run_statement(sqlite->statements[verbs[row->kind].insert], row, id) != SQLITE_DONE)
        return sqlite_failure(sqlite->db, why);
    if (sqlite3_changes(sqlite->db) > 0) {
        if (verbs[row->kind].numbered)
            *id = sqlite3_last_insert_rowid(sqlite->db);
        return PUBLISHER_WRITTEN;
    }
    if (find != STATEMENTS && run_statement(sqlite->statements[find], row, id) != SQLITE_ROW)
        return sqlite_failure(sqlite->db, why);
    return PUBLISHER_REPEATED;
}

static int sqlite_write_all(struct publisher *publisher, const struct publication_row *const *rows,
    size_t count, publisher_told *told, void *context, struct reason *why)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        int64_t id = 0;
        enum publisher_result row = write_row(sqlite_of(publisher), rows[i], &id, why);

        if (row == PUBLISHER_FAILED)
            return -1;
        result = told(context, i, row, id, why) < 0;
    }
    return result;
}

static void sqlite_free(struct publisher *publisher)
{
    struct sqlite_publisher *sqlite = sqlite_of(publisher);

    database_finalize(sqlite->statements, STATEMENTS);
    free(sqlite);
}

/* What a trigger may undo is kept meanwhile: every page that a row changes, which SQLite would
 * write into a temporary file. */
static const char connection_setting[] = "PRAGMA temp_store = memory";

struct publisher *publisher_sqlite_new(sqlite3 *db, struct reason *why)
{
    static const struct publisher_engine engine = {
        sqlite_begin, sqlite_write_all, sqlite_commit, sqlite_rollback, sqlite_free};
    struct sqlite_publisher *sqlite = mem_zalloc(sizeof *sqlite);

    sqlite->publisher.engine = &engine;
    sqlite->db = db;
    if (database_exec(db, connection_setting, why) == 0 &&
        database_prepare(db, statement_sql, sqlite->statements, STATEMENTS, why) == 0)
        return &sqlite->publisher;
    free(sqlite);
    return NULL;
}
