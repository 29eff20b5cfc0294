#include "gateway/store/sharing.h"
#include "gateway/store/queue.h"

#include <stdio.h>
#include <string.h>

#include "common/database.h"
#include "gateway/store/column.h"

/* Rows looked at for the contacts of one user. */
#define CONTACT_ROWS 8192
/* Memberships looked at to find out whether two share a conversation, and for one request. */
#define PAIR_STEPS 4096
#define SEEN_STEPS 16384
#define NAME_SIZE 256
#define NOT_SHARED (-1)

static const struct column conversation_column = {0, "conversation_id", 1, 255, false};
static const struct column user_column = {0, "user_id", 1, 255, false};

/* Adds the names that a bound statement gives. A name that is none is passed by. */
static int add_names(struct queue *queue, struct request *request, sqlite3_stmt *statement,
    const struct column *column)
{
    struct page *page = &request->page;
    struct reason why;
    int step;

    page_release(page);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        if (column_check_text(statement, column, &why) == 0) {
            size_t at = page_add_text(page, database_text(statement, 0));
            page_add(page, 0, 0, at, page->text.len);
        }
    }
    return file_done(queue->file, statement, step);
}

int sharing_conversations(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_CONVERSATIONS);

    database_bind(statement, 1, request->user);
    sqlite3_bind_int(statement, 2, STORE_CONVERSATIONS_MAX);
    request->errand.verdict = STORE_OK;
    return add_names(queue, request, statement, &conversation_column) < 0 ? -1 : 1;
}

/* A time that is none counts as never, one to come (a clock was ahead) as now. */
static int last_seen(struct queue *queue, const char *user, int64_t *ms)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_LAST_SEEN);
    int step;

    *ms = 0;
    database_bind(statement, 1, user);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        column_time(statement, 0, "last_seen", ms, NULL);
    if (*ms > queue->turn.wall)
        *ms = queue->turn.wall;
    return file_done(queue->file, statement, step);
}

static const char *user_of(const struct page *page, size_t row)
{
    return page->text.data + page->rows[row].user;
}

int sharing_contacts(struct queue *queue, struct request *request)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_CONTACTS);
    struct page *page = &request->page;

    database_bind(statement, 1, request->user);
    sqlite3_bind_int(statement, 2, CONTACT_ROWS);
    sqlite3_bind_int(statement, 3, STORE_CONTACTS_MAX);
    if (add_names(queue, request, statement, &user_column) < 0)
        return -1;
    for (size_t i = 0; i < page->count; i++)
        if (last_seen(queue, user_of(page, i), &page->rows[i].created_at) < 0)
            return -1;
    request->errand.verdict = STORE_OK;
    return 1;
}

/* The user's first conversation from that name on: 1, 0 where there is none, or -1. */
static int next_conversation(
    struct queue *queue, const char *user, const char *from, char name[NAME_SIZE])
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_NEXT_CONVERSATION);
    int step;

    database_bind(statement, 1, user);
    database_bind(statement, 2, from);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        snprintf(name, NAME_SIZE, "%s", database_text(statement, 0));
    return file_done(queue->file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

/* Each in turn leaps to the first of theirs that is not before the other's, so that the one with
 * fewer conversations says how long it takes. 1, 0, or -1. */
static int share(struct queue *queue, const char *one, const char *other, int *steps)
{
    const char *leaping = one, *standing = other;
    char at[NAME_SIZE] = "", next[NAME_SIZE] = "";
    int found = next_conversation(queue, leaping, at, next);

    for (int i = 0; found == 1 && i < PAIR_STEPS && *steps < SEEN_STEPS; i++, ++*steps) {
        const char *swap = leaping;

        leaping = standing;
        standing = swap;
        memcpy(at, next, sizeof(at));
        found = next_conversation(queue, leaping, at, next);
        if (found == 1 && strcmp(at, next) == 0)
            return 1;
    }
    return found < 0 ? -1 : 0;
}

int sharing_seen(struct queue *queue, struct request *request)
{
    struct page *page = &request->page;
    int steps = 0;

    for (size_t i = 0; i < page->count; i++) {
        int64_t *seen = &page->rows[i].created_at;
        int shared = request->ask.seen.by_sharing
                         ? share(queue, request->user, user_of(page, i), &steps)
                         : 1;

        *seen = NOT_SHARED;
        if (shared < 0 || (shared == 1 && last_seen(queue, user_of(page, i), seen) < 0))
            return -1;
    }
    request->errand.verdict = STORE_OK;
    return 1;
}

void sharing_heed(struct queue *queue, struct request *request)
{
    joined_add(&queue->chat.heeded, request->user);
}

void sharing_unheed(struct queue *queue, struct request *request)
{
    joined_remove(&queue->chat.heeded, request->user);
}
