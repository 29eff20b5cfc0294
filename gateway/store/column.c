#include "gateway/store/column.h"

#include <string.h>

#include "common/clock.h"
#include "common/database.h"
#include "common/json.h"
#include "common/text.h"

static int check_length(const struct column *column, int len, struct reason *why)
{
    if (len >= column->least && len <= column->most)
        return 0;
    return reason_set(
        why, "%s is %d octets long, not %d to %d", column->name, len, column->least, column->most);
}

int column_check_text(sqlite3_stmt *statement, const struct column *column, struct reason *why)
{
    int type = sqlite3_column_type(statement, column->index);
    const char *text;
    int len;

    if (type == SQLITE_NULL && column->may_be_null)
        return 0;
    if (type != SQLITE_TEXT)
        return reason_set(why, "%s is no text", column->name);
    text = database_text(statement, column->index);
    len = sqlite3_column_bytes(statement, column->index);
    if (check_length(column, len, why) < 0)
        return -1;
    if (!text_is_utf8(text, (size_t)len))
        return reason_set(why, "%s is not UTF-8", column->name);
    if (memchr(text, '\0', (size_t)len))
        return reason_set(why, "%s holds a NUL", column->name);
    return 0;
}

int column_check_json(
    sqlite3_stmt *statement, const struct column *column, bool object, struct reason *why)
{
    int type = sqlite3_column_type(statement, column->index);
    const char *text;
    int len;

    if (type == SQLITE_NULL && column->may_be_null)
        return 0;
    if (type != SQLITE_TEXT)
        return reason_set(why, "%s is no text", column->name);
    text = database_text(statement, column->index);
    len = sqlite3_column_bytes(statement, column->index);
    if (check_length(column, len, why) < 0)
        return -1;
    if (json_check(text, (size_t)len, object, why) < 0)
        return reason_prefix(why, "%s cannot be sent: ", column->name);
    return 0;
}

int column_time(
    sqlite3_stmt *statement, int column, const char *name, int64_t *ms, struct reason *why)
{
    int type = sqlite3_column_type(statement, column);
    const char *text = database_text(statement, column);

    if (type == SQLITE_NULL)
        return 0;
    if (type != SQLITE_TEXT || !text ||
        strlen(text) != (size_t)sqlite3_column_bytes(statement, column) ||
        clock_parse_iso(text, ms) < 0)
        return reason_set(why, "%s does not look like 2026-11-22T19:19:00.123Z", name);
    return 1;
}

void column_add_json(struct buf *json, sqlite3_stmt *statement, int column)
{
    size_t from = json->len;

    buf_add(
        json, database_text(statement, column), (size_t)sqlite3_column_bytes(statement, column));
    json_mend(json->data + from, json->len - from);
}

void column_add_member(struct buf *json, const char *key, sqlite3_stmt *statement, int column)
{
    const char *text = database_text(statement, column);

    buf_addf(json, ",\"%s\":", key);
    buf_add_json_string(json, text, (size_t)sqlite3_column_bytes(statement, column));
}
