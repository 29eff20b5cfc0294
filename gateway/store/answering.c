#include "gateway/store/answering.h"

#include "common/database.h"
#include "gateway/store/column.h"
#include "gateway/store/queue.h"

/* A row that cannot be read revokes whatever there is: better one sign-in too many. */
int answering_revocation(struct queue *queue, const char *user, int64_t *not_before_seconds)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_REVOCATION);
    int64_t ms = INT64_MAX;
    int found = 0;
    int step;

    database_bind(statement, 1, user);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        column_time(statement, 0, "not_before", &ms, NULL);
        found = 1;
    }
    *not_before_seconds = ms / 1000 - (ms % 1000 < 0);
    return file_done(queue->file, statement, step) < 0 ? -1 : found;
}
