/* The table `messages`: message_verbs.h. */
#include "common/database.h"
#include "gateway/store/message_verbs.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

enum { READ, WALK_ALL, WALK_AFTER, WALK_BEFORE, FIND_REPEATED, INSERT, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [READ] =
        "SELECT conversation_id, sender_id, sender_name, content, metadata, client_ref, created_at"
        " FROM messages WHERE id = ?1",
    [WALK_ALL] = "SELECT id FROM messages NOT INDEXED WHERE id > ?1 ORDER BY id",
    [WALK_AFTER] =
        "SELECT id FROM messages INDEXED BY messages_of_conversation WHERE conversation_id = ?1"
        " AND id > ?2 AND id <= ?3 ORDER BY id",
    [WALK_BEFORE] =
        "SELECT id FROM messages INDEXED BY messages_of_conversation WHERE conversation_id = ?1"
        " AND id < ?2 ORDER BY id DESC",
    [FIND_REPEATED] =
        "SELECT id, created_at FROM messages INDEXED BY messages_repeated"
        " WHERE conversation_id = ?1 AND sender_id = ?2 AND client_ref = ?3 AND content = ?4"
        " AND created_at >= ?5 ORDER BY id LIMIT 1",
    [INSERT] = "INSERT INTO messages (conversation_id, sender_id, sender_name, content,"
               " metadata, client_ref, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
};

const struct statement_group sqlite_message_statements = {sql, STATEMENTS};

static sqlite3_stmt *statement_of(struct file *file, int which)
{
    return file_prepared(file, GROUP_MESSAGES, which);
}

struct message_walk {
    struct file *file;
    message_visit *visit;
    void *context;
};

static int show_row(const struct message_walk *walk, sqlite3_stmt *row, int64_t id)
{
    struct message_row message = {
        .id = id,
        .conversation = column_cell(row, 0),
        .sender = column_cell(row, 1),
        .sender_name = column_cell(row, 2),
        .content = column_cell(row, 3),
        .metadata = column_cell(row, 4),
        .client_ref = column_cell(row, 5),
        .created_at = column_cell(row, 6),
    };

    return walk->visit(walk->context, &message);
}

/* Walks read only ids, so that a row too large to be read can be named and skipped. */
static int show_id(sqlite3_stmt *row, void *context)
{
    const struct message_walk *walk = context;
    struct message_row bad = {
        .id = sqlite3_column_int64(row, 0), .bad = "the row is too large to be read"};
    sqlite3_stmt *statement = statement_of(walk->file, READ);
    int going = 1;
    int step;

    sqlite3_bind_int64(statement, 1, bad.id);
    step = sqlite3_step(statement);
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        return walk->visit(walk->context, &bad);
    }
    if (step == SQLITE_ROW)
        going = show_row(walk, statement, bad.id);
    return file_done(walk->file, statement, step) < 0 ? -1 : going;
}

static int walk_bound(
    struct file *file, sqlite3_stmt *statement, message_visit *visit, void *context)
{
    struct message_walk walk = {.file = file, .visit = visit, .context = context};

    return file_walk(file, statement, SIZE_MAX, show_id, &walk);
}

static int walk_all(struct engine *engine, int64_t after, message_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_ALL);

    sqlite3_bind_int64(statement, 1, after);
    return walk_bound(file, statement, visit, context);
}

static int walk_after(struct engine *engine, const char *conversation, int64_t after, int64_t upto,
    message_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_AFTER);

    database_bind(statement, 1, conversation);
    sqlite3_bind_int64(statement, 2, after);
    sqlite3_bind_int64(statement, 3, upto);
    return walk_bound(file, statement, visit, context);
}

static int walk_before(struct engine *engine, const char *conversation, int64_t before,
    message_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_BEFORE);

    database_bind(statement, 1, conversation);
    sqlite3_bind_int64(statement, 2, before);
    return walk_bound(file, statement, visit, context);
}

static int find_repeated(struct engine *engine, const struct message_draft *draft,
    const char *since, int64_t *id, int64_t *created_at)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, FIND_REPEATED);
    int step;

    database_bind(statement, 1, draft->conversation);
    database_bind(statement, 2, draft->sender);
    database_bind(statement, 3, draft->client_ref);
    database_bind(statement, 4, draft->content);
    database_bind(statement, 5, since);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        *id = sqlite3_column_int64(statement, 0);
        column_time(statement, 1, created_at);
    }
    return file_done(file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

static int insert(
    struct engine *engine, const struct message_draft *draft, const char *now, int64_t *id)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, INSERT);

    database_bind(statement, 1, draft->conversation);
    database_bind(statement, 2, draft->sender);
    database_bind(statement, 3, draft->name);
    database_bind(statement, 4, draft->content);
    database_bind(statement, 5, draft->metadata);
    database_bind(statement, 6, draft->client_ref);
    database_bind(statement, 7, now);
    if (file_run(file, statement) < 0)
        return -1;
    *id = sqlite3_last_insert_rowid(file->db);
    return 0;
}

const struct message_verbs sqlite_messages = {
    .walk_all = walk_all,
    .walk_after = walk_after,
    .walk_before = walk_before,
    .find_repeated = find_repeated,
    .insert = insert,
};
