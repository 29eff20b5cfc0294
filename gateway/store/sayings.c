#include "gateway/store/sayings.h"
#include "gateway/store/queue.h"

#include <string.h>

#include "common/database.h"
#include "gateway/store/column.h"
#include "gateway/store/membership.h"

/* Whether it was said before, by the sender's own mark and to the letter: 1, 0 or -1. */
static int find_repeated(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_SAID_BEFORE);
    char since[CLOCK_ISO_SIZE];
    int step;

    if (!request->saying->reference)
        return 0;
    database_bind(statement, 1, request->conversation);
    database_bind(statement, 2, request->user);
    database_bind(statement, 3, request->saying->reference);
    database_bind(statement, 4, request->saying->content);
    database_bind(statement, 5, clock_iso(queue->turn.wall - SAYINGS_REPEATED_MS, since));
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        request->said.id = sqlite3_column_int64(statement, 0);
        request->said.at = queue->turn.wall;
        column_time(statement, 1, "created_at", &request->said.at, NULL);
        request->said.repeated = true;
    }
    return file_done(queue->file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

/* What the table itself refuses stops nobody else. */
static int insert(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_SAY);
    const struct saying *saying = request->saying;

    database_bind(statement, 1, request->conversation);
    database_bind(statement, 2, request->user);
    database_bind(statement, 3, saying->name);
    database_bind(statement, 4, saying->content);
    database_bind(statement, 5, saying->metadata);
    database_bind(statement, 6, saying->reference);
    database_bind(statement, 7, queue->turn.now);
    if (file_run(queue->file, statement) < 0) {
        if (!file_refuses_row(queue->file))
            return -1;
        log_warn(queue->turn.log, "a message of user %s cannot be stored: %s", request->user,
            queue->turn.engine->why.text);
        request->errand.verdict = STORE_INVALID;
        return 0;
    }
    request->said.id = sqlite3_last_insert_rowid(queue->file->db);
    request->said.at = queue->turn.wall;
    return 0;
}

static int say(struct queue *queue, struct request *request)
{
    int repeated;

    memset(&request->said, 0, sizeof(request->said));
    if (membership_answer(queue, request) < 0)
        return -1;
    if (request->errand.verdict != STORE_OK)
        return 0;
    repeated = find_repeated(queue, request);
    return repeated != 0 ? repeated < 0 ? -1 : 0 : insert(queue, request);
}

int sayings_write(struct queue *queue, struct errand *errand, size_t *room)
{
    (*room)--;
    return say(queue, (struct request *)errand);
}

enum errand_step sayings_settle(
    struct queue *queue, struct errand *errand, enum errand_outcome outcome)
{
    struct request *request = (struct request *)errand;

    if (outcome != ERRAND_COMMITTED)
        return ERRAND_GOES_ON;
    if (request->errand.verdict == STORE_OK && !request->said.repeated) {
        queue->chat.has_messages = true;
        turn_count(&queue->turn, COUNTER_MESSAGES_SAID, 1);
    }
    return ERRAND_DONE;
}
