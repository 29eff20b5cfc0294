#include "gateway/store/broadcasts.h"
#include "gateway/store/queue.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/database.h"
#include "common/memory.h"
#include "gateway/store/broadcast.h"

#define TELL_ROWS 256
#define TELL_OCTETS ((size_t)256 << 10)
/* Of an answer. */
#define PAGE_ROWS 256
#define PAGE_OCTETS ((size_t)192 << 10)
/* Rows looked at for one: those of other topics cost little. */
#define LOOKS 4096
#define MARKS_BATCH 256

/* Of STATEMENT_STANDING and STATEMENT_BROADCASTS_BEHIND. */
enum { ID, SENT_AT, TOPIC, RECIPIENTS };

struct told_broadcast {
    UT_hash_handle hh;
    TAILQ_ENTRY(told_broadcast) entry; /* in `sent`, where is_sent */
    int64_t id;
    int64_t at; /* when it was sent, wall ms */
    size_t recipients;
    bool is_sent;
    bool is_given_up; /* the file takes no mark of it */
};

static struct told_broadcast *find(const struct chat *chat, int64_t id)
{
    struct told_broadcast *told;

    HASH_FIND(hh, chat->told, &id, sizeof(id), told);
    return told;
}

static struct told_broadcast *note(struct chat *chat, int64_t id)
{
    struct told_broadcast *told = mem_zalloc(sizeof(*told));

    told->id = id;
    HASH_ADD(hh, chat->told, id, sizeof(told->id), told);
    return told;
}

static void forget(struct chat *chat, struct told_broadcast *told)
{
    if (told->is_sent)
        TAILQ_REMOVE(&chat->sent, told, entry);
    HASH_DELETE(hh, chat->told, told);
    free(told);
}

void broadcasts_release(struct chat *chat)
{
    struct told_broadcast *told, *next;

    HASH_ITER (hh, chat->told, told, next)
        forget(chat, told);
}

static void mark(struct chat *chat, struct told_broadcast *told, size_t recipients, int64_t at)
{
    if (told->is_sent || told->is_given_up)
        return;
    told->is_sent = true;
    told->recipients = recipients;
    told->at = at;
    TAILQ_INSERT_TAIL(&chat->sent, told, entry);
}

void broadcasts_sent(struct queue *queue, struct request *request)
{
    struct told_broadcast *told = find(&queue->chat, request->ask.broadcast.id);

    if (told)
        mark(&queue->chat, told, request->ask.broadcast.recipients, queue->turn.wall);
}

static bool is_late(const struct queue *queue, const struct broadcast_times *times)
{
    if (times->ends)
        return times->expires_at <= queue->turn.wall;
    return times->created_at < queue->turn.wall - BROADCASTS_LATE_MS;
}

static int tell(struct queue *queue, struct news *news, int64_t id)
{
    struct broadcast_times times;
    struct reason why;
    size_t before = news->page.text.len;
    enum broadcast_verdict verdict = broadcast_add(queue->file, id, &news->page, &times, &why);
    struct told_broadcast *told;

    if (verdict == BROADCAST_ERROR)
        return -1;
    told = note(&queue->chat, id);
    if (verdict == BROADCAST_BAD)
        log_warn(queue->turn.log, "broadcast %" PRId64 " cannot be sent: %s", id, why.text);
    if (verdict == BROADCAST_ADDED && is_late(queue, &times)) {
        log_info(queue->turn.log, "broadcast %" PRId64 " is too late to be sent", id);
        news->page.count--;
        page_cut(&news->page, before);
        verdict = BROADCAST_BAD;
    }
    if (verdict == BROADCAST_BAD) {
        mark(&queue->chat, told, 0, queue->turn.wall);
        return 0;
    }
    news_add_broadcast(news);
    turn_count(&queue->turn, COUNTER_BROADCASTS_TOLD, 1);
    return 0;
}

int broadcasts_tell(struct queue *queue, struct news *news)
{
    struct chat *chat = &queue->chat;
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_UNSENT_BROADCASTS);
    size_t octets = page_octets(&news->page) + TELL_OCTETS;
    int step = SQLITE_ROW;
    int result = 0;

    for (int rows = 0; rows < TELL_ROWS && page_octets(&news->page) < octets && result == 0;) {
        int64_t id;
        if (HASH_COUNT(chat->told) >= BROADCASTS_MAX ||
            (step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        id = sqlite3_column_int64(statement, 0);
        if (find(chat, id))
            continue;
        result = tell(queue, news, id);
        rows++;
    }
    chat->has_broadcasts = step != SQLITE_DONE && HASH_COUNT(chat->told) < BROADCASTS_MAX;
    if (result < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step);
}

int broadcasts_last_sent(struct queue *queue, int64_t *id)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_LAST_SENT_BROADCAST);
    int step = sqlite3_step(statement);

    *id = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return file_done(queue->file, statement, step);
}

/* What is neither marked nor told will come as news; what was told after the question was asked has
 * come as news, or is on its way. */
static bool comes_as_news(
    const struct queue *queue, const struct request *request, sqlite3_stmt *statement)
{
    int64_t id = sqlite3_column_int64(statement, ID);
    bool is_sent = sqlite3_column_type(statement, SENT_AT) != SQLITE_NULL;

    if (!is_sent && !find(&queue->chat, id))
        return true;
    return id > request->ask.standing.heard && id > queue->chat.last_sent;
}

/* 1 where the page has taken it, or it is none, 0 where the page is full, -1. */
static int take(struct queue *queue, struct page *page, int64_t id)
{
    size_t before = page->text.len;
    struct broadcast_times times;
    struct reason why;
    enum broadcast_verdict verdict;

    if (page->count == PAGE_ROWS)
        return 0;
    verdict = broadcast_add(queue->file, id, page, &times, &why);
    if (verdict != BROADCAST_ADDED)
        return verdict == BROADCAST_ERROR ? -1 : 1;
    if (times.ends && times.expires_at <= queue->turn.wall) {
        page->count--;
        page_cut(page, before);
    } else if (page->text.len > PAGE_OCTETS && page->count > 1) {
        page->count--;
        page_cut(page, before);
        return 0;
    }
    return 1;
}

/* Goes through a bound statement. `complete`: nothing was left. */
static int fill(struct queue *queue, struct request *request, sqlite3_stmt *statement,
    bool (*is_owed)(const struct queue *, const struct request *, sqlite3_stmt *))
{
    int step = SQLITE_ROW;
    int taken = 1;

    page_release(&request->page);
    request->errand.verdict = STORE_OK;
    request->upto = request->ask.standing.after;
    for (int looks = 0; looks < LOOKS && taken == 1; looks++) {
        if ((step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        if (is_owed(queue, request, statement))
            taken = take(queue, &request->page, sqlite3_column_int64(statement, ID));
        if (taken == 1)
            request->upto = sqlite3_column_int64(statement, ID);
    }
    request->complete = step == SQLITE_DONE;
    if (taken < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step) < 0 ? -1 : 1;
}

static bool is_standing(
    const struct queue *queue, const struct request *request, sqlite3_stmt *statement)
{
    return !comes_as_news(queue, request, statement);
}

int broadcasts_standing(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_STANDING);
    int64_t heard = request->ask.standing.heard;
    int result;

    database_bind(statement, 1, request->user);
    database_bind(statement, 2, queue->turn.now);
    sqlite3_bind_int64(statement, 3, request->ask.standing.after);
    result = fill(queue, request, statement, is_standing);
    if (result == 1 && request->complete)
        request->upto = heard > queue->chat.last_sent ? heard : queue->chat.last_sent;
    return result;
}

/* Those that were too late for anybody went to nobody. */
static bool was_told(
    const struct queue *queue, const struct request *request, sqlite3_stmt *statement)
{
    const struct told_broadcast *told;
    const char *topic = database_text(statement, TOPIC);

    if (!topic || strcmp(topic, request->user) != 0)
        return false;
    told = find(&queue->chat, sqlite3_column_int64(statement, ID));
    if (told)
        return !told->is_sent || told->recipients > 0;
    return sqlite3_column_type(statement, SENT_AT) != SQLITE_NULL &&
           sqlite3_column_int64(statement, RECIPIENTS) > 0;
}

int broadcasts_behind(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_BROADCASTS_BEHIND);

    sqlite3_bind_int64(statement, 1, request->ask.standing.after);
    return fill(queue, request, statement, was_told);
}

bool broadcasts_wait(const struct queue *queue)
{
    return !TAILQ_EMPTY(&queue->chat.sent);
}

static int write_mark(struct queue *queue, struct told_broadcast *told)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MARK_BROADCAST);
    char at[CLOCK_ISO_SIZE];

    sqlite3_bind_int64(statement, 1, told->id);
    database_bind(statement, 2, clock_iso(told->at, at));
    sqlite3_bind_int64(statement, 3, (int64_t)told->recipients);
    if (file_run(queue->file, statement) == 0)
        return 0;
    if (!file_refuses_row(queue->file))
        return -1;
    told->is_given_up = true;
    return 0;
}

int broadcasts_write(struct queue *queue)
{
    struct chat *chat = &queue->chat;
    struct told_broadcast *told;

    chat->sent_written = 0;
    TAILQ_FOREACH (told, &chat->sent, entry) {
        if (chat->sent_written == MARKS_BATCH)
            break;
        if (write_mark(queue, told) < 0)
            return -1;
        chat->sent_written++;
    }
    return 0;
}

void broadcasts_settle(struct queue *queue, bool committed)
{
    struct chat *chat = &queue->chat;

    if (!committed)
        return;
    chat->has_broadcasts |= chat->sent_written > 0;
    for (; chat->sent_written > 0; chat->sent_written--) {
        struct told_broadcast *told = TAILQ_FIRST(&chat->sent);

        if (told->is_given_up) {
            TAILQ_REMOVE(&chat->sent, told, entry);
            told->is_sent = false;
        } else {
            forget(chat, told);
        }
    }
}
