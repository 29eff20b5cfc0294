#include "gateway/store/messages.h"
#include "gateway/store/queue.h"

#include "common/database.h"
#include "gateway/store/membership.h"
#include "gateway/store/message.h"
#include "gateway/store/tail.h"

/* Rows looked at for one answer, or batch: those that are bad, or not wanted, cost little. */
#define STEPS 4096

int messages_last_id(struct queue *queue, int64_t *id)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_LAST_MESSAGE);
    int step = sqlite3_step(statement);

    *id = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return file_done(queue->file, statement, step);
}

static bool is_below(const struct page *page, size_t rows, size_t octets)
{
    return page->count < rows && page_octets(page) < octets;
}

int messages_tell(struct queue *queue, struct news *news)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MESSAGES_BEHIND);
    size_t rows = news->page.count + TAIL_ROWS;
    size_t octets = page_octets(&news->page) + TAIL_OCTETS;
    int step = SQLITE_ROW;
    int added = 0;

    sqlite3_bind_int64(statement, 1, queue->chat.last_message);
    for (int looks = 0; looks < STEPS && is_below(&news->page, rows, octets); looks++) {
        int64_t id;
        if ((step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        id = sqlite3_column_int64(statement, 0);
        added = message_add(queue, id, true, &news->page);
        if (added < 0)
            break;
        if (added == 1)
            news_add_message(news);
        queue->chat.last_message = id;
    }
    queue->chat.has_messages = step != SQLITE_DONE;
    if (added < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step);
}

/* 1 where the page has taken it, or it is none, 0 where the page is full, -1. */
static int take(struct queue *queue, struct page *page, int64_t id, size_t limit)
{
    size_t before = page->text.len;
    int added;

    if (page->count == limit)
        return 0;
    added = message_add(queue, id, false, page);
    if (added == 1 && page->text.len > MESSAGES_OCTETS && page->count > 1) {
        page->count--;
        page_cut(page, before);
        return 0;
    }
    return added < 0 ? -1 : 1;
}

/* Fills the page from a bound statement. `complete`: nothing was left. */
static int fill(struct queue *queue, struct request *request, sqlite3_stmt *statement)
{
    int step = SQLITE_ROW;
    int taken = 1;

    for (int steps = 0; steps < STEPS && taken == 1; steps++) {
        if ((step = sqlite3_step(statement)) != SQLITE_ROW)
            break;
        int64_t id = sqlite3_column_int64(statement, 0);

        taken = take(queue, &request->page, id, request->ask.history.limit);
        if (taken == 1)
            request->upto = id;
    }
    request->complete = step == SQLITE_DONE;
    if (taken < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(queue->file, statement, step);
}

static int fill_after(struct queue *queue, struct request *request, int64_t upto)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MESSAGES_AFTER);

    database_bind(statement, 1, request->conversation);
    sqlite3_bind_int64(statement, 2, request->ask.history.after);
    sqlite3_bind_int64(statement, 3, upto);
    return fill(queue, request, statement);
}

static void reverse(struct page *page)
{
    for (size_t i = 0; i < page->count / 2; i++) {
        struct page_row row = page->rows[i];
        page->rows[i] = page->rows[page->count - 1 - i];
        page->rows[page->count - 1 - i] = row;
    }
}

static int fill_before(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MESSAGES_BEFORE);
    int64_t before = request->ask.history.before;

    database_bind(statement, 1, request->conversation);
    sqlite3_bind_int64(statement, 2, before > 0 ? before : INT64_MAX);
    if (fill(queue, request, statement) < 0)
        return -1;
    reverse(&request->page);
    return 0;
}

/* Nobody named is admitted by the caller. 1 where the user may go on, 0 where not, and then it is
 * answered; -1. */
static int admit(struct queue *queue, struct request *request)
{
    page_release(&request->page);
    request->complete = true;
    request->errand.verdict = STORE_OK;
    if (!request->user)
        return 1;
    return membership_answer(queue, request) < 0 ? -1 : request->errand.verdict == STORE_OK;
}

int messages_join(struct queue *queue, struct request *request)
{
    int admitted = admit(queue, request);

    if (admitted <= 0)
        return admitted < 0 ? -1 : 1;
    if (request->ask.history.after >= 0 && fill_after(queue, request, queue->chat.last_message) < 0)
        return -1;
    joined_add(&queue->chat.joined, request->conversation);
    request->upto = queue->chat.last_message;
    return 1;
}

int messages_read_on(struct queue *queue, struct request *request)
{
    page_release(&request->page);
    request->errand.verdict = STORE_OK;
    request->upto = request->ask.history.after;
    if (fill_after(queue, request, queue->chat.last_message) < 0)
        return -1;
    if (request->complete)
        request->upto = queue->chat.last_message;
    return 1;
}

void messages_part(struct queue *queue, struct request *request)
{
    joined_remove(&queue->chat.joined, request->conversation);
}

int messages_history(struct queue *queue, struct request *request)
{
    int admitted = admit(queue, request);
    int result;

    if (admitted <= 0)
        return admitted < 0 ? -1 : 1;
    result = request->ask.history.after > 0 ? fill_after(queue, request, INT64_MAX)
                                            : fill_before(queue, request);
    return result < 0 ? -1 : 1;
}
