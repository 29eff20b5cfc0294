#include "gateway/store/scan.h"
#include "gateway/store/queue.h"

#include "common/database.h"
#include "gateway/store/column.h"
#include "gateway/store/notification.h"

/* Rows looked at for one page. A list goes further, since an empty page would have no end. */
#define OWED_STEPS 4096
#define LIST_STEPS 65536
#define LIST_OCTETS ((size_t)256 << 10)

/* Of STATEMENT_SCAN, STATEMENT_SCAN_SHARED and STATEMENT_LIST. */
enum { ID, STATUS, DELIVER_AFTER, EXPIRES_AT, DELIVERED_AT };

enum found { FOUND_SKIP, FOUND_TAKE, FOUND_BAD };

static enum found judge_times(
    const struct queue *queue, sqlite3_stmt *statement, struct reason *why)
{
    int64_t after, expires;
    int has_after = column_time(statement, DELIVER_AFTER, "deliver_after", &after, why);
    int has_expiry = column_time(statement, EXPIRES_AT, "expires_at", &expires, why);

    if (has_after < 0 || has_expiry < 0)
        return FOUND_BAD;
    if ((has_after && after > queue->turn.wall) || (has_expiry && expires <= queue->turn.wall))
        return FOUND_SKIP;
    return FOUND_TAKE;
}

/* A clock was ahead when that was confirmed: not by anybody who is here. */
static bool is_to_come(const struct queue *queue, int64_t ms)
{
    return ms > queue->turn.wall && ms > atomic_load(&queue->turn.shared->moment);
}

/* A row that is confirmed, in the file or not yet, is owed to those who began before that. */
static enum found judge_owed(const struct queue *queue, const struct store_scan *scan,
    sqlite3_stmt *statement, int64_t *confirmed_at, struct reason *why)
{
    bool is_delivered = notification_status(statement, STATUS) == STATUS_DELIVERED;

    *confirmed_at = marks_confirmed_at(&queue->inbox.marks, sqlite3_column_int64(statement, ID));
    if (is_delivered &&
        column_time(statement, DELIVERED_AT, "delivered_at", confirmed_at, why) != 1)
        return FOUND_SKIP;
    if (is_delivered && is_to_come(queue, *confirmed_at))
        return FOUND_SKIP;
    if (is_delivered || *confirmed_at >= 0)
        return scan->shared && *confirmed_at >= scan->started ? FOUND_TAKE : FOUND_SKIP;
    return judge_times(queue, statement, why);
}

/* Adds the row and says whether the page can take it: 1, 0 when it is full, -1. */
static int take(struct queue *queue, struct request *request, int64_t id, bool listed,
    size_t max_rows, size_t max_bytes)
{
    struct page *page = &request->page;
    struct reason why;

    if (page->count >= max_rows)
        return 0;
    switch (notification_add(queue->file, id, listed, 0, page, &why)) {
    case NOTIFICATION_ADDED:
        break;
    case NOTIFICATION_GONE:
        return 1;
    case NOTIFICATION_BAD:
        inbox_fail_row(&queue->inbox, &queue->turn, id, &why);
        return 1;
    case NOTIFICATION_ERROR:
        return -1;
    }
    /* The first row is taken however large it is: it would never find more room. */
    if (page->text.len > max_bytes && page->count > 1) {
        page_drop_last(page);
        return 0;
    }
    turn_count(&queue->turn, COUNTER_ROWS_READ, 1);
    return 1;
}

static void note_times(struct page_row *row, sqlite3_stmt *statement, int64_t confirmed_at)
{
    int64_t after;

    row->confirmed_at = confirmed_at;
    if (column_time(statement, DELIVER_AFTER, "deliver_after", &after, NULL) == 1 &&
        after > row->due_at)
        row->due_at = after;
}

/* One row of the walk: 1 to go on, 0 when the page is full, -1. */
static int look_at(struct queue *queue, struct request *request, const struct store_scan *scan,
    sqlite3_stmt *statement)
{
    int64_t id = sqlite3_column_int64(statement, ID);
    struct reason why;
    size_t before = request->page.count;
    int64_t confirmed_at;
    int taken = 1;

    switch (judge_owed(queue, scan, statement, &confirmed_at, &why)) {
    case FOUND_TAKE:
        taken = take(queue, request, id, false, scan->max_rows, scan->max_bytes);
        if (request->page.count > before)
            note_times(&request->page.rows[before], statement, confirmed_at);
        break;
    case FOUND_BAD:
        inbox_fail_row(&queue->inbox, &queue->turn, id, &why);
        break;
    case FOUND_SKIP:
        break;
    }
    if (taken == 1)
        request->upto = id;
    return taken;
}

int scan_owed(struct queue *queue, struct request *request, const struct store_scan *scan)
{
    sqlite3_stmt *statement =
        file_statement(queue->file, scan->shared ? STATEMENT_SCAN_SHARED : STATEMENT_SCAN);
    int step = SQLITE_ROW;
    int taken = 1;

    page_release(&request->page);
    page_add_text(&request->page, request->user);
    request->upto = scan->after;
    request->complete = false;
    database_bind(statement, 1, request->user);
    sqlite3_bind_int64(statement, 2, scan->after);
    sqlite3_bind_int64(statement, 3, queue->inbox.last_seen);
    for (int steps = 0; steps < OWED_STEPS && taken == 1; steps++) {
        if ((step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        taken = look_at(queue, request, scan, statement);
    }
    if (step == SQLITE_DONE && queue->inbox.last_seen >= scan->after) {
        request->upto = queue->inbox.last_seen;
        request->complete = true;
    }
    /* An error inside has set the reason; this reset must not lose it. */
    if (taken < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step);
}

static enum found judge_listed(
    const struct queue *queue, sqlite3_stmt *statement, struct reason *why)
{
    switch (notification_status(statement, STATUS)) {
    case STATUS_DELIVERED:
    case STATUS_READ:
        return FOUND_TAKE;
    case STATUS_PENDING:
        return judge_times(queue, statement, why);
    case STATUS_SETTLED:
    case STATUS_UNKNOWN:
        break;
    }
    return FOUND_SKIP;
}

int scan_list(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(
        queue->file, request->ask.list.unread_only ? STATEMENT_LIST_UNREAD : STATEMENT_LIST);
    int step = SQLITE_ROW;
    int taken = 1;
    struct reason why;

    page_release(&request->page);
    page_add_text(&request->page, request->user);
    database_bind(statement, 1, request->user);
    sqlite3_bind_int64(
        statement, 2, request->ask.list.before > 0 ? request->ask.list.before : INT64_MAX);
    for (int steps = 0; steps < LIST_STEPS && taken == 1; steps++) {
        if ((step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        if (sqlite3_column_int64(statement, ID) <= queue->inbox.last_seen &&
            judge_listed(queue, statement, &why) == FOUND_TAKE)
            taken = take(queue, request, sqlite3_column_int64(statement, ID), true,
                request->ask.list.limit, LIST_OCTETS);
    }
    request->complete = step == SQLITE_DONE;
    if (taken < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step);
}

static int one_integer(
    struct queue *queue, sqlite3_stmt *statement, const char *user, int64_t *value)
{
    int step;

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, queue->inbox.last_seen);
    database_bind(statement, 3, queue->turn.now);
    step = sqlite3_step(statement);
    *value = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return file_done(queue->file, statement, step);
}

int scan_count_on(
    struct queue *queue, const char *user, int64_t *after, int64_t *unread, size_t *rows)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_UNREAD_BEHIND);
    size_t before = *rows;
    int step = SQLITE_ROW;

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, *after);
    sqlite3_bind_int64(statement, 3, queue->inbox.last_seen);
    database_bind(statement, 4, queue->turn.now);
    while (*rows > 0 && (step = sqlite3_step(statement)) == SQLITE_ROW) {
        *after = sqlite3_column_int64(statement, 0);
        *unread += sqlite3_column_int(statement, 1) != 0;
        (*rows)--;
    }
    turn_count(&queue->turn, COUNTER_ROWS_COUNTED, before - *rows);
    return file_done(queue->file, statement, step) < 0 ? -1 : step == SQLITE_DONE;
}

int scan_first_owed(struct queue *queue, const char *user, int64_t *id)
{
    return one_integer(queue, file_statement(queue->file, STATEMENT_FIRST_OWED), user, id);
}
