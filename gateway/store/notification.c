#include "gateway/store/notification.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/database.h"
#include "gateway/store/column.h"

/* Of STATEMENT_NOTIFICATION. */
enum { USER, TYPE, TITLE, BODY, DATA, PRIORITY, STATUS, CREATED_AT, READ_AT };

/* What the table's CHECKs say, once more. */
static const struct column texts[] = {
    {TYPE, "type", 1, 64, false},
    {TITLE, "title", 1, 1024, false},
    {BODY, "body", 0, 16384, false},
    {PRIORITY, "priority", 1, 64, false},
};

#define DATA_MAX 32768
#define USER_MAX 255

static int check_priority(sqlite3_stmt *statement, struct reason *why)
{
    static const char *const known[] = {"low", "normal", "high", "urgent"};
    const char *priority = database_text(statement, PRIORITY);

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(priority, known[i]) == 0)
            return 0;
    return reason_set(why, "priority is none of low, normal, high and urgent");
}

static int check(sqlite3_stmt *statement, struct reason *why)
{
    static const struct column data = {DATA, "data", 0, DATA_MAX, true};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (column_check_text(statement, &texts[i], why) < 0)
            return -1;
    if (check_priority(statement, why) < 0)
        return -1;
    return column_check_json(statement, &data, true, why);
}

int notification_check_user(sqlite3_stmt *statement, int column, struct reason *why)
{
    const struct column user = {column, "user_id", 1, USER_MAX, false};

    return column_check_text(statement, &user, why);
}

enum notification_status notification_status(sqlite3_stmt *statement, int column)
{
    static const struct {
        const char *name;
        enum notification_status status;
    } known[] = {
        {"pending", STATUS_PENDING},
        {"delivered", STATUS_DELIVERED},
        {"read", STATUS_READ},
        {"expired", STATUS_SETTLED},
        {"cancelled", STATUS_SETTLED},
        {"failed", STATUS_SETTLED},
    };
    const char *name = database_text(statement, column);

    for (size_t i = 0; name && i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].status;
    return STATUS_UNKNOWN;
}

static void add_time(struct buf *json, const char *key, bool known, int64_t ms)
{
    char iso[CLOCK_ISO_SIZE];

    if (known)
        buf_addf(json, ",\"%s\":\"%s\"", key, clock_iso(ms, iso));
    else
        buf_addf(json, ",\"%s\":null", key);
}

static void add_json(struct buf *json, int64_t id, int64_t created_at, sqlite3_stmt *statement)
{
    const char *data = database_text(statement, DATA);

    buf_addf(json, "{\"id\":\"%" PRId64 "\"", id);
    column_add_member(json, "type", statement, TYPE);
    column_add_member(json, "title", statement, TITLE);
    column_add_member(json, "body", statement, BODY);
    add_time(json, "timestamp", true, created_at);
    column_add_member(json, "priority", statement, PRIORITY);
    buf_add_text(json, ",\"data\":");
    if (data)
        column_add_json(json, statement, DATA);
    else
        buf_add_text(json, "{}");
}

static enum notification_verdict add(sqlite3_stmt *statement, int64_t id, bool listed, size_t user,
    struct page *page, struct reason *why)
{
    int64_t created_at, read_at = 0;
    size_t json = page->text.len;
    int created = column_time(statement, CREATED_AT, "created_at", &created_at, why);
    int read;

    if (created == 0)
        reason_set(why, "created_at is NULL");
    if (created <= 0 || check(statement, why) < 0)
        return NOTIFICATION_BAD;
    read = column_time(statement, READ_AT, "read_at", &read_at, why);
    if (read < 0)
        return NOTIFICATION_BAD;
    add_json(&page->text, id, created_at, statement);
    if (listed) {
        column_add_member(&page->text, "status", statement, STATUS);
        add_time(&page->text, "readAt", read == 1, read_at);
    }
    buf_add_char(&page->text, '}');
    page_add(page, id, created_at, user, json);
    return NOTIFICATION_ADDED;
}

enum notification_verdict notification_add(
    struct file *file, int64_t id, bool listed, size_t user, struct page *page, struct reason *why)
{
    sqlite3_stmt *statement = file_statement(file, STATEMENT_NOTIFICATION);
    enum notification_verdict verdict = NOTIFICATION_GONE;
    int step;

    sqlite3_bind_int64(statement, 1, id);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        verdict = add(statement, id, listed, user, page, why);
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        reason_set(why, "the row is too large to be read");
        return NOTIFICATION_BAD;
    }
    return file_done(file, statement, step) < 0 ? NOTIFICATION_ERROR : verdict;
}
