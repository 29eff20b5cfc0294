#include "gateway/store/broadcast.h"

#include <string.h>

#include "common/database.h"
#include "common/text.h"
#include "gateway/store/column.h"

#define EVENT_CHARACTERS_MAX 64

/* Of STATEMENT_BROADCAST. */
enum { TOPIC, EVENT, DATA, CREATED_AT, EXPIRES_AT };

static size_t count_characters(const char *text)
{
    size_t len = strlen(text);
    size_t count = 0;

    for (size_t at = 0; at < len; count++) {
        size_t octets = text_character(text + at, len - at);
        at += octets > 0 ? octets : 1;
    }
    return count;
}

/* With one of socket.io's own names, every client would take it for the end of its connection. */
static int check_event(const char *event, struct reason *why)
{
    static const char *const reserved[] = {
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

    if (count_characters(event) > EVENT_CHARACTERS_MAX)
        return reason_set(why, "event is longer than %d characters", EVENT_CHARACTERS_MAX);
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (strcmp(event, reserved[i]) == 0)
            return reason_set(why, "event is a name that socket.io keeps for itself");
    return 0;
}

static int check_times(sqlite3_stmt *statement, struct broadcast_times *times, struct reason *why)
{
    int created = column_time(statement, CREATED_AT, "created_at", &times->created_at, why);
    int expires = column_time(statement, EXPIRES_AT, "expires_at", &times->expires_at, why);

    times->ends = expires == 1;
    if (created == 0)
        return reason_set(why, "created_at is NULL");
    return created < 0 || expires < 0 ? -1 : 0;
}

static int check(sqlite3_stmt *statement, struct broadcast_times *times, struct reason *why)
{
    static const struct column topic = {TOPIC, "topic", 1, 512, false};
    static const struct column event = {EVENT, "event", 1, 4 * EVENT_CHARACTERS_MAX, false};
    static const struct column data = {DATA, "data", 0, 32768, true};

    if (column_check_text(statement, &topic, why) < 0 ||
        column_check_text(statement, &event, why) < 0 ||
        check_event(database_text(statement, EVENT), why) < 0 ||
        column_check_json(statement, &data, false, why) < 0)
        return -1;
    return check_times(statement, times, why);
}

static void add(
    sqlite3_stmt *statement, int64_t id, struct page *page, const struct broadcast_times *times)
{
    const char *data = database_text(statement, DATA);
    size_t topic = page_add_text(page, database_text(statement, TOPIC));
    size_t event = page_add_text(page, database_text(statement, EVENT));
    size_t json = page->text.len;

    if (data)
        column_add_json(&page->text, statement, DATA);
    page_add(page, id, times->created_at, event, json);
    page->rows[page->count - 1].place = topic;
    page->rows[page->count - 1].stays = times->ends;
}

enum broadcast_verdict broadcast_add(struct file *file, int64_t id, struct page *page,
    struct broadcast_times *times, struct reason *why)
{
    sqlite3_stmt *statement = file_statement(file, STATEMENT_BROADCAST);
    enum broadcast_verdict verdict = BROADCAST_BAD;
    int step;

    reason_set(why, "the row is gone, or too large to be read");
    sqlite3_bind_int64(statement, 1, id);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW && check(statement, times, why) == 0) {
        add(statement, id, page, times);
        verdict = BROADCAST_ADDED;
    }
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        return BROADCAST_BAD;
    }
    return file_done(file, statement, step) < 0 ? BROADCAST_ERROR : verdict;
}
