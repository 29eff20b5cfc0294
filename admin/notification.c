#include "admin/notification.h"

#include <stdlib.h>
#include <string.h>

#include "admin/admin.h"
#include "common/database.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/moment.h"
#include "common/text.h"

enum { INSERT, FIND_KEY, FIND_USER, STATEMENTS };

static const char *const statement_sql[STATEMENTS] = {
    [INSERT] = "INSERT INTO notifications (user_id, title, body, type, priority, data, "
               "deliver_after, expires_at, idempotency_key) "
               "VALUES (?1, ?2, coalesce(?3, ''), coalesce(?4, 'system'), coalesce(?5, 'normal'), "
               "?6, ?7, ?8, ?9) ON CONFLICT (user_id, idempotency_key) DO NOTHING",
    [FIND_KEY] = "SELECT id FROM notifications WHERE user_id = ? AND idempotency_key = ?",
    [FIND_USER] = "SELECT 1 FROM presence WHERE user_id = ?",
};

/* In the order of the parameters above. */
static const struct {
    const char *name, *column;
} fields[NOTIFICATION_FIELDS] = {
    [NOTIFICATION_USER] = {"user", "user_id"},
    [NOTIFICATION_TITLE] = {"title", "title"},
    [NOTIFICATION_BODY] = {"body", "body"},
    [NOTIFICATION_TYPE] = {"type", "type"},
    [NOTIFICATION_PRIORITY] = {"priority", "priority"},
    [NOTIFICATION_DATA] = {"data", "data"},
    [NOTIFICATION_AFTER] = {"after", "deliver_after"},
    [NOTIFICATION_EXPIRES] = {"expires", "expires_at"},
    [NOTIFICATION_KEY] = {"key", "idempotency_key"},
};

const char *notification_field_name(enum notification_field field)
{
    return fields[field].name;
}

static int field_of(const char *member)
{
    for (int i = 0; i < NOTIFICATION_FIELDS; i++)
        if (strcmp(member, fields[i].name) == 0 || strcmp(member, fields[i].column) == 0)
            return i;
    return -1;
}

/* data comes as an object or as text that is one. */
static int take_data(
    struct notification *notification, const json_t *value, struct buf *data, struct reason *why)
{
    buf_clear(data);
    char *text = json_dumps(value, JSON_COMPACT);
    buf_add_text(data, text ? text : "");
    free(text);
    if (data->overflowed)
        return reason_set(why, "data is too long");
    notification->fields[NOTIFICATION_DATA] = data->data;
    return 0;
}

/* Two names of one field, with two values: which of them is meant? */
static int check_at_odds(const json_t *object, struct reason *why)
{
    for (int i = 0; i < NOTIFICATION_FIELDS; i++) {
        const json_t *one = json_object_get(object, fields[i].name);
        const json_t *other = json_object_get(object, fields[i].column);
        if (one && other && !json_equal(one, other))
            return reason_set(why, "%s and %s are the same, and say different things",
                fields[i].name, fields[i].column);
    }
    return 0;
}

static int take_member(struct notification *notification, const char *name, const json_t *value,
    struct buf *data, struct reason *why)
{
    int field = field_of(name);

    if (field < 0)
        return reason_set(why, "a notification has no %s", name);
    if (json_is_null(value))
        return 0;
    if (field == NOTIFICATION_DATA && !json_is_string(value))
        return take_data(notification, value, data, why);
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        return reason_set(why, "%s must be a string%s", name, text ? " without NUL" : "");
    notification->fields[field] = text;
    return 0;
}

int notification_from_json(
    struct notification *notification, const json_t *object, struct buf *data, struct reason *why)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return reason_set(why, "is no JSON object");
    if (check_at_odds(object, why) < 0)
        return -1;
    json_object_foreach ((json_t *)(uintptr_t)object, name, value)
        if (take_member(notification, name, value, data, why) < 0)
            return -1;
    return 0;
}

struct notification_writer {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

struct notification_writer *notification_writer_new(sqlite3 *db, struct reason *why)
{
    struct notification_writer *writer = mem_zalloc(sizeof *writer);

    writer->db = db;
    if (database_prepare(db, statement_sql, writer->statements, STATEMENTS, why) == 0)
        return writer;
    free(writer);
    return NULL;
}

void notification_writer_free(struct notification_writer *writer)
{
    if (!writer)
        return;
    database_finalize(writer->statements, STATEMENTS);
    free(writer);
}

static bool is_priority(const char *text)
{
    static const char *const words[] = {"low", "normal", "high", "urgent"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

int notification_check(const struct notification *notification, struct reason *why)
{
    const char *priority = notification->fields[NOTIFICATION_PRIORITY];
    const char *data = notification->fields[NOTIFICATION_DATA];

    for (int i = 0; i < NOTIFICATION_FIELDS; i++)
        if (notification->fields[i] &&
            !text_is_utf8(notification->fields[i], strlen(notification->fields[i])))
            return reason_set(why, "%s is not UTF-8", fields[i].name);
    if (!notification->fields[NOTIFICATION_USER])
        return reason_set(why, "there is no user");
    if (!notification->fields[NOTIFICATION_TITLE])
        return reason_set(why, "there is no title");
    if (priority && !is_priority(priority))
        return reason_set(why, "priority must be low, normal, high or urgent");
    if (data && json_check(data, strlen(data), true, why) < 0)
        return reason_prefix(why, "data must be a JSON object: ");
    return 0;
}

static int read_time(
    const char **field, const char *name, int64_t now_ms, char *iso, struct reason *why)
{
    if (!*field)
        return 0;
    if (moment_read(*field, now_ms, iso, why) < 0)
        return reason_prefix(why, "%s: ", name);
    *field = iso;
    return 0;
}

/* Steps the statement and resets it. The first column, where a row came, goes into *value. */
static int step(sqlite3_stmt *statement, int64_t *value)
{
    int result = sqlite3_step(statement);

    if (result == SQLITE_ROW)
        *value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return result;
}

static enum notification_result failure(struct notification_writer *writer, struct reason *why)
{
    int code = sqlite3_errcode(writer->db) & 0xff;
    struct reason complaint;

    database_reason(writer->db, &complaint, NULL);
    reason_set(why, "%s", admin_complaint(&complaint));
    return code == SQLITE_CONSTRAINT || code == SQLITE_TOOBIG ? NOTIFICATION_BAD
                                                              : NOTIFICATION_FAILED;
}

static enum notification_result find_repeated(struct notification_writer *writer,
    const struct notification *notification, int64_t *id, struct reason *why)
{
    sqlite3_stmt *statement = writer->statements[FIND_KEY];

    database_bind(statement, 1, notification->fields[NOTIFICATION_USER]);
    database_bind(statement, 2, notification->fields[NOTIFICATION_KEY]);
    return step(statement, id) == SQLITE_ROW ? NOTIFICATION_REPEATED : failure(writer, why);
}

enum notification_result notification_write(struct notification_writer *writer,
    const struct notification *notification, int64_t now_ms, int64_t *id, struct reason *why)
{
    struct notification row = *notification;
    char after[CLOCK_ISO_SIZE], expires[CLOCK_ISO_SIZE];
    sqlite3_stmt *insert = writer->statements[INSERT];

    if (notification_check(&row, why) < 0 ||
        read_time(&row.fields[NOTIFICATION_AFTER], "after", now_ms, after, why) < 0 ||
        read_time(&row.fields[NOTIFICATION_EXPIRES], "expires", now_ms, expires, why) < 0)
        return NOTIFICATION_BAD;
    for (int i = 0; i < NOTIFICATION_FIELDS; i++)
        database_bind(insert, i + 1, row.fields[i]);
    if (step(insert, id) != SQLITE_DONE)
        return failure(writer, why);
    if (sqlite3_changes(writer->db) == 0)
        return find_repeated(writer, &row, id, why);
    *id = sqlite3_last_insert_rowid(writer->db);
    return NOTIFICATION_SENT;
}

bool notification_user_known(struct notification_writer *writer, const char *user)
{
    int64_t found;

    database_bind(writer->statements[FIND_USER], 1, user);
    return step(writer->statements[FIND_USER], &found) == SQLITE_ROW;
}
