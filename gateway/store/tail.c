#include "gateway/store/tail.h"
#include "gateway/store/queue.h"

#include <inttypes.h>
#include <string.h>

#include "common/database.h"
#include "gateway/store/column.h"
#include "gateway/store/notification.h"
#include "gateway/store/schedule.h"

/* Rows of those who are not here cost little. */
#define LOOKS 4096
#define HINT_PAUSE_MS 60000

/* Of STATEMENT_TAIL. */
enum { ID, USER, STATUS, DELIVER_AFTER, EXPIRES_AT };

static int tell_row(struct queue *queue, struct news *news, struct watched *watched, int64_t id)
{
    size_t before = news->page.text.len;
    size_t user = page_add_text(&news->page, watched->user);
    struct reason why;

    switch (notification_add(queue->file, id, false, user, &news->page, &why)) {
    case NOTIFICATION_ADDED:
        news_add_row(news);
        watched->unread++;
        watch_flag(&queue->inbox.watch, watched, WATCH_TELL);
        turn_count(&queue->turn, COUNTER_ROWS_READ, 1);
        return 0;
    case NOTIFICATION_BAD:
        inbox_fail_row(&queue->inbox, &queue->turn, id, &why);
        break;
    case NOTIFICATION_GONE:
        break;
    case NOTIFICATION_ERROR:
        page_cut(&news->page, before);
        return -1;
    }
    page_cut(&news->page, before);
    return 0;
}

/* Sets the timers by a pending row's times. Whether it is due: 1, 0, or -1 where they are bad. */
static int schedule(struct queue *queue, sqlite3_stmt *statement, struct reason *why)
{
    int64_t after, expires;
    int has_after = column_time(statement, DELIVER_AFTER, "deliver_after", &after, why);
    int has_expiry = column_time(statement, EXPIRES_AT, "expires_at", &expires, why);

    if (has_after < 0 || has_expiry < 0)
        return -1;
    if (has_expiry && expires > queue->turn.wall)
        schedule_expect_expiry(&queue->inbox.schedule, expires);
    if (has_expiry && expires <= queue->turn.wall) {
        schedule_doubt(&queue->inbox.schedule, &queue->turn);
        return 0;
    }
    if (has_after && after > queue->turn.wall) {
        schedule_expect_due(&queue->inbox.schedule, after);
        return 0;
    }
    return 1;
}

/* An id that was bound as a floating-point number became "42.0" in a column of text. */
static void hint_at_user(struct queue *queue, int64_t id, const char *user, size_t len)
{
    if (len < 3 || strcmp(user + len - 2, ".0") != 0 ||
        !watch_find(&queue->inbox.watch, user, len - 2))
        return;
    if (queue->turn.steady < queue->inbox.hinted_at + HINT_PAUSE_MS)
        return;
    queue->inbox.hinted_at = queue->turn.steady;
    log_warn(queue->turn.log,
        "notification %" PRId64
        " is for a user \"%s\", who is not connected, while \"%.*s\" is: bind "
        "user ids as text, not as floating-point numbers",
        id, user, (int)len - 2, user);
}

static int look_at(struct queue *queue, struct news *news, sqlite3_stmt *statement)
{
    int64_t id = sqlite3_column_int64(statement, ID);
    enum notification_status status = notification_status(statement, STATUS);
    struct watched *watched;
    struct reason why;
    int due;

    if (status == STATUS_UNKNOWN)
        reason_set(&why, "status is none that there is");
    if (status == STATUS_UNKNOWN || notification_check_user(statement, USER, &why) < 0) {
        inbox_fail_row(&queue->inbox, &queue->turn, id, &why);
        return 0;
    }
    watched = watch_find(&queue->inbox.watch, database_text(statement, USER),
        (size_t)sqlite3_column_bytes(statement, USER));
    if (!watched)
        hint_at_user(queue, id, database_text(statement, USER),
            (size_t)sqlite3_column_bytes(statement, USER));
    if (status != STATUS_PENDING) {
        if (watched && status == STATUS_DELIVERED)
            watch_flag(&queue->inbox.watch, watched, WATCH_RECOUNT);
        return 0;
    }
    due = schedule(queue, statement, &why);
    if (due < 0)
        inbox_fail_row(&queue->inbox, &queue->turn, id, &why);
    return due == 1 && watched ? tell_row(queue, news, watched, id) : 0;
}

/* A row so large that not even its id comes out is passed by. */
static int pass_by(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_NEXT_ID);
    struct reason why;
    int step;

    sqlite3_bind_int64(statement, 1, queue->inbox.last_seen);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        queue->inbox.last_seen = sqlite3_column_int64(statement, 0);
        reason_set(&why, "the row is too large to be read");
        inbox_fail_row(&queue->inbox, &queue->turn, queue->inbox.last_seen, &why);
    }
    return file_done(queue->file, statement, step);
}

static bool has_room(const struct news *news)
{
    return news->page.count < TAIL_ROWS && page_octets(&news->page) < TAIL_OCTETS;
}

int tail_read(struct queue *queue, struct news *news)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_TAIL);
    int step = SQLITE_ROW;
    int result = 0;

    sqlite3_bind_int64(statement, 1, queue->inbox.last_seen);
    for (int looks = 0; looks < LOOKS && has_room(news); looks++) {
        if ((step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        result = look_at(queue, news, statement);
        if (result < 0)
            break;
        queue->inbox.last_seen = sqlite3_column_int64(statement, ID);
    }
    queue->inbox.has_tail = step != SQLITE_DONE;
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        return pass_by(queue);
    }
    if (result < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step);
}
