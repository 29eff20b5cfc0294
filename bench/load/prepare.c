#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "bench/load/names.h"
#include "bench/load/now.h"
#include "bench/load/prepare.h"
#include "bench/load/stamp.h"

enum { BUSY_TIMEOUT_MS = 10000, ROWS_A_COMMIT = 1000 };

/* Runs `sql` for each number below `count`, many to a commit; bind() fills in its parameters. */
struct table_writer {
    const char *sql;
    uint64_t count;
    void (*bind)(const void *context, sqlite3_stmt *statement, uint64_t number);
    const void *context;
};

static int rows_write(sqlite3 *database, sqlite3_stmt *statement, const struct table_writer *writer)
{
    for (uint64_t i = 0; i < writer->count; i++) {
        if (i % ROWS_A_COMMIT == 0 && sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL))
            return -1;
        writer->bind(writer->context, statement, i);
        if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement))
            return -1;
        if ((i % ROWS_A_COMMIT == ROWS_A_COMMIT - 1 || i == writer->count - 1) &&
            sqlite3_exec(database, "COMMIT", NULL, NULL, NULL))
            return -1;
    }
    return 0;
}

static int table_write(const char *path, const struct table_writer *writer, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *database = NULL;
    int result = 0;

    if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) ||
        sqlite3_busy_timeout(database, BUSY_TIMEOUT_MS) ||
        sqlite3_exec(database, "PRAGMA synchronous = normal", NULL, NULL, NULL) ||
        sqlite3_prepare_v2(database, writer->sql, -1, &statement, NULL) ||
        rows_write(database, statement, writer))
        result = reason_set(why, "%s: %s", path, sqlite3_errmsg(database));
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return result;
}

static void conversation_bind(const void *context, sqlite3_stmt *statement, uint64_t number)
{
    char name[TOPIC_SIZE];

    name_talk(context, (uint32_t)number, name);
    sqlite3_bind_text(statement, 1, strchr(name, ':') + 1, -1, SQLITE_TRANSIENT);
}

/* The members of the first conversation, then those of the second … */
static void membership_bind(const void *context, sqlite3_stmt *statement, uint64_t number)
{
    const struct member_common *common = context;
    char user[TOPIC_SIZE];

    conversation_bind(context, statement, number % common->options->topics);
    name_user(common, (uint32_t)(number / common->options->topics), user);
    sqlite3_bind_text(statement, 2, user, -1, SQLITE_TRANSIENT);
}

int prepare_conversations(const struct member_common *common, uint32_t members, struct reason *why)
{
    const struct table_writer conversations = {
        "INSERT INTO conversations (id) VALUES (?) ON CONFLICT DO NOTHING", common->options->topics,
        conversation_bind, common};
    const struct table_writer memberships = {
        "INSERT INTO conversation_members (conversation_id, user_id) VALUES (?, ?) "
        "ON CONFLICT DO NOTHING",
        (uint64_t)members * common->options->topics, membership_bind, common};

    if (table_write(common->options->database, &conversations, why))
        return -1;
    return table_write(common->options->database, &memberships, why);
}

struct pending_rows {
    struct stamp stamp;
    char user[TOPIC_SIZE], *payload;
    size_t size;
};

static void pending_bind(const void *context, sqlite3_stmt *statement, uint64_t number)
{
    const struct pending_rows *rows = context;
    struct stamp stamp = rows->stamp;

    stamp.sequence = (uint32_t)number;
    stamp.time = now_ns();
    stamp_write(&stamp, rows->payload + PAYLOAD_STAMP);
    sqlite3_bind_text(statement, 1, rows->user, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, rows->payload, (int)rows->size, SQLITE_TRANSIENT);
}

int prepare_rows(const struct member_common *common, uint32_t member, uint32_t count, uint32_t run,
    struct reason *why)
{
    const struct options *options = common->options;
    struct pending_rows rows = {.stamp = {run, options->publisher_id, member, 0, 0, 0},
        .payload = payload_new(options->size),
        .size = options->size};
    const struct table_writer writer = {
        "INSERT INTO notifications (user_id, title, data) VALUES (?, 'Hello', ?)", count,
        pending_bind, &rows};
    int result;

    name_user(common, member, rows.user);
    result = table_write(options->database, &writer, why);
    free(rows.payload);
    return result;
}
