#include "gateway/store/place.h"
#include "gateway/store/queue.h"

#include <string.h>
#include <sys/stat.h>

#include "common/database.h"
#include "common/schema_numbers.h"
#include "gateway/store/answering.h"
#include "gateway/store/column.h"
#include "gateway/store/ended.h"
#include "gateway/store/news.h"
#include "gateway/store/presence.h"
#include "gateway/store/retention.h"
#include "gateway/store/schedule.h"
#include "gateway/store/sqlite/checkpoint.h"

/* SQLite keeps a -wal beside each name, and two of them damage the file. */
static void warn_of_names(const struct queue *queue)
{
    struct stat status;

    if (stat(queue->file.path, &status) == 0 && status.st_nlink > 1)
        log_warn(queue->turn.log,
            "%s has %lu names (hard links): a program that opens it by another one damages it; use "
            "this name alone, or a symbolic link",
            queue->file.path, (unsigned long)status.st_nlink);
}

#define MOMENT_AHEAD_MS ((int64_t)2 * 86400000)

static void tell_mended(const struct queue *queue)
{
    if (queue->file.amiss.text[0])
        log_warn(queue->turn.log, "the queue was mended, as `belfry init` does: %s",
            queue->file.amiss.text);
}

static void remember(struct queue *queue)
{
    queue->place.device = queue->file.device;
    queue->place.inode = queue->file.inode;
    memcpy(queue->place.name, queue->file.name, sizeof(queue->place.name));
}

/* What an earlier gateway marked must not look as if it were confirmed after a scan that begins
 * now: moments go on behind that, where the clock was set back since. A clock that was years ahead
 * is not followed; scans pass its rows by. */
static int take_newest_moment(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(&queue->file, STATEMENT_NEWEST_MOMENT);
    char latest[CLOCK_ISO_SIZE];
    int64_t newest = 0;
    int step;

    database_bind(statement, 1, clock_iso(queue->turn.wall + MOMENT_AHEAD_MS, latest));
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        column_time(statement, 0, "delivered_at", &newest, NULL);
    if (file_done(&queue->file, statement, step) < 0)
        return -1;
    if (newest > atomic_load(&queue->turn.shared->moment))
        atomic_store(&queue->turn.shared->moment, newest);
    return 0;
}

int place_start(struct queue *queue)
{
    if (file_last_id(&queue->file, &queue->inbox.last_seen) < 0 || take_newest_moment(queue) < 0)
        return -1;
    if (!queue->errands.generation)
        tell_mended(queue);
    remember(queue);
    warn_of_names(queue);
    queue->changes.seen = 0;
    queue->changes.has_new = queue->inbox.set_back.is_new = true;
    queue->changes.has_old = false;
    queue->inbox.has_tail = false;
    schedule_start(queue);
    if (chat_start(queue) < 0 || ended_start(queue) < 0)
        return -1;
    presence_start(queue);
    retention_start(queue);
    checkpoint_start(queue);
    return 0;
}

static void forget(struct queue *queue)
{
    errands_refuse_all(&queue->errands);
    atomic_fetch_sub(&queue->turn.shared->unmarked, queue->inbox.marks.count);
    marks_release(&queue->inbox.marks);
    set_back_release(&queue->inbox.set_back);
    failures_release(&queue->inbox.failures);
    failures_init(&queue->inbox.failures);
    watch_begin_anew(&queue->inbox.watch);
    chat_forget(queue);
    queue->errands.generation++;
}

static int replace(struct queue *queue)
{
    struct news *news;

    if (place_start(queue) < 0)
        return -1;
    log_warn(queue->turn.log, "%s is another queue now: everybody begins anew", queue->file.path);
    forget(queue);
    news = news_new();
    news_add_replaced(news);
    turn_send_news(&queue->turn, &news->parcel);
    return 0;
}

static void let_go(struct queue *queue, int code, const struct reason *why)
{
    turn_count(&queue->turn, COUNTER_ERRORS, 1);
    health_failed(&queue->opening, queue->turn.log, code, why, queue->turn.steady);
    file_close(&queue->file, true);
}

void place_failed(struct queue *queue)
{
    if (queue->file.code != SQLITE_BUSY && queue->file.code != SQLITE_LOCKED) {
        let_go(queue, queue->file.code, &queue->file.why);
        return;
    }
    turn_count(&queue->turn, COUNTER_BUSY, 1);
    health_failed(
        &queue->reading, queue->turn.log, queue->file.code, &queue->file.why, queue->turn.steady);
}

/* Whether ids are lower than they were, as after a restore, or are out of bounds, which is mended
 * when the file is opened: 1, 0 or -1. */
static int went_astray(struct queue *queue)
{
    int64_t last_id;

    if (file_last_id(&queue->file, &last_id) < 0)
        return -1;
    return last_id < queue->inbox.last_seen || last_id > SCHEMA_ID_LAST ? 1
                                                                        : chat_went_astray(queue);
}

/* Whether what is open is what was open before: 1, 0 or -1. */
static int is_same(struct queue *queue)
{
    const struct place *place = &queue->place;
    int astray = went_astray(queue);

    if (astray < 0)
        return -1;
    return place->inode == queue->file.inode && place->device == queue->file.device &&
           strcmp(place->name, queue->file.name) == 0 && !astray;
}

static int open_anew(struct queue *queue)
{
    int same;

    if (file_open(&queue->file, FILE_BUSY_MS) < 0)
        return -1;
    tell_mended(queue);
    queue->inbox.has_tail = queue->changes.has_new = true;
    chat_doubt(queue);
    same = is_same(queue);
    return same == 0 ? replace(queue) : same < 0 ? -1 : 0;
}

/* Its -wal was deleted under us: what only the open one holds is saved, where nobody has begun
 * another. Without its -shm nothing need be saved: all of it is in the -wal. */
static void check_place(struct queue *queue)
{
    static const char *const words[] = {
        [FILE_GONE] = "was moved or deleted",
        [FILE_REPLACED] = "was replaced",
        [FILE_LOST_WAL] = "has lost its -wal file",
        [FILE_LOST_SHM] = "has lost its -shm file, and is opened anew; programs that have it open "
                          "since before that must open it anew, too: restart them",
    };
    enum file_place place = file_place(&queue->file);
    struct reason why;

    if (place == FILE_HERE)
        return;
    reason_set(&why, "%s %s", queue->file.path, words[place]);
    if (place == FILE_LOST_WAL && file_wal_is_gone(&queue->file))
        sqlite3_wal_checkpoint_v2(queue->file.db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    let_go(queue, SQLITE_CANTOPEN, &why);
    queue->opening.retry_at = queue->turn.steady;
}

/* Whether somebody else committed, and what they left is still the same queue. 0, or -1. */
static int notice_commits(struct queue *queue)
{
    int changed = file_has_changed(&queue->file);
    int same, astray;

    if (changed <= 0)
        return changed;
    queue->inbox.has_tail = queue->changes.has_new = true;
    chat_doubt(queue);
    same = file_has_name(&queue->file);
    astray = went_astray(queue);
    if (same < 0 || astray < 0)
        return -1;
    if (same == 1 && !astray)
        return 0;
    file_close(&queue->file, false);
    return open_anew(queue);
}

bool place_find(struct queue *queue, bool suspect)
{
    int result = 0;

    if (queue->file.db && suspect)
        check_place(queue);
    if (!queue->file.db) {
        if (!health_allows(&queue->opening, queue->turn.steady))
            return false;
        result = open_anew(queue);
    }
    if (result == 0 && health_allows(&queue->reading, queue->turn.steady))
        result = notice_commits(queue);
    if (result < 0)
        place_failed(queue);
    return queue->file.db != NULL;
}

void place_proved(struct queue *queue)
{
    health_worked(&queue->reading, queue->turn.log, queue->turn.steady);
    if (!queue->inbox.has_tail)
        health_worked(&queue->opening, queue->turn.log, queue->turn.steady);
}

int64_t place_pause(const struct queue *queue)
{
    int64_t retry_at = queue->opening.retry_at;

    return retry_at > queue->turn.steady ? retry_at - queue->turn.steady : 0;
}
