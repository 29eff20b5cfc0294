#include "gateway/store/receipts.h"
#include "gateway/store/queue.h"

#include <string.h>

#include "common/database.h"
#include "gateway/store/scan.h"

/* Rows that are not told of yet are not read yet either. */
static int mark(struct queue *queue, struct request *request, int64_t id)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_MARK_READ);

    if (id > queue->inbox.last_seen)
        return 0;
    sqlite3_bind_int64(statement, 1, id);
    database_bind(statement, 2, request->user);
    database_bind(statement, 3, queue->turn.now);
    if (file_run(queue->file, statement) < 0)
        return -1;
    if (sqlite3_changes(queue->file->db) > 0)
        request_add_found(request, id);
    return 0;
}

static int write_ids(struct queue *queue, struct request *request, size_t *room)
{
    for (; request->cursor<(int64_t)request->count && * room> 0; (*room)--, request->cursor++)
        if (mark(queue, request, request->ids[request->cursor]) < 0)
            return -1;
    request->complete = request->cursor == (int64_t)request->count;
    return 0;
}

/* Ids first, then the updates: an index is not walked while it changes. */
static int write_all(struct queue *queue, struct request *request, size_t *room)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_UNREAD_IDS);
    int64_t ids[RECEIPTS_BATCH];
    int64_t upto = request->ask.read.upto;
    size_t count = 0;
    int step;

    database_bind(statement, 1, request->user);
    sqlite3_bind_int64(statement, 2, request->cursor);
    sqlite3_bind_int64(statement, 3, upto < queue->inbox.last_seen ? upto : queue->inbox.last_seen);
    database_bind(statement, 4, queue->turn.now);
    sqlite3_bind_int64(statement, 5, (int64_t)*room);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW && count < RECEIPTS_BATCH)
        ids[count++] = sqlite3_column_int64(statement, 0);
    if (file_done(queue->file, statement, step) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (mark(queue, request, ids[i]) < 0)
            return -1;
    if (count > 0)
        request->cursor = ids[count - 1];
    request->complete = count < *room;
    *room -= count;
    return 0;
}

int receipts_write(struct queue *queue, struct errand *errand, size_t *room)
{
    struct request *request = (struct request *)errand;
    size_t most = *room < RECEIPTS_BATCH ? *room : RECEIPTS_BATCH;
    size_t left = most;

    request->committed_cursor = request->cursor;
    request->committed_count = request->found_count;
    if ((request->ask.read.all ? write_all : write_ids)(queue, request, &left) < 0)
        return -1;
    *room -= most - left;
    return 0;
}

static void answer(struct queue *queue, struct request *request)
{
    struct watched *watched = watch_find(&queue->inbox.watch, request->user, strlen(request->user));

    request->unread = watched ? watched->unread : -1;
    if (watched)
        watch_doubt(&queue->inbox.watch, watched);
    request->errand.verdict = STORE_OK;
}

/* The count follows what is marked, so that nothing needs to be counted anew. */
static void count_down(struct queue *queue, const struct request *request)
{
    struct watched *watched = watch_find(&queue->inbox.watch, request->user, strlen(request->user));

    for (size_t i = request->committed_count; watched && i < request->found_count; i++)
        watch_read(watched, request->found[i]);
}

enum errand_step receipts_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome)
{
    struct request *request = (struct request *)errand;

    if (outcome != ERRAND_COMMITTED) {
        request->cursor = request->committed_cursor;
        request->found_count = request->committed_count;
        request->complete = false;
        return ERRAND_GOES_ON;
    }
    count_down(queue, request);
    if (!request->complete)
        return ERRAND_GOES_ON;
    answer(queue, request);
    return ERRAND_DONE;
}
