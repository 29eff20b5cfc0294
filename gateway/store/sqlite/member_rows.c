/* The table `conversation_members`, and when users were last seen: member_verbs.h. */
#include <stdio.h>

#include "common/database.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

enum { IS_MEMBER, WALK_CONVERSATIONS, NEXT_CONVERSATION, WALK_CONTACTS, LAST_SEEN, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [IS_MEMBER] = "SELECT 1 FROM conversation_members WHERE conversation_id = ?1 AND user_id = ?2",
    /* The newest first, among a bounded number of rows, so that sorting is quick. */
    [WALK_CONVERSATIONS] =
        "SELECT conversation_id FROM (SELECT conversation_id, joined_at FROM conversation_members"
        " WHERE user_id = ?1 LIMIT 4096) ORDER BY joined_at DESC, conversation_id LIMIT ?2",
    [NEXT_CONVERSATION] = "SELECT conversation_id FROM conversation_members"
                          " WHERE user_id = ?1 AND conversation_id >= ?2"
                          " ORDER BY conversation_id LIMIT 1",
    [WALK_CONTACTS] =
        "SELECT DISTINCT user_id FROM (SELECT other.user_id FROM conversation_members AS own"
        " JOIN conversation_members AS other ON other.conversation_id = own.conversation_id"
        " WHERE own.user_id = ?1 AND other.user_id <> ?1 LIMIT ?2) LIMIT ?3",
    [LAST_SEEN] = "SELECT max(last_seen) FROM presence WHERE user_id = ?1",
};

const struct statement_group sqlite_member_statements = {sql, STATEMENTS};

static sqlite3_stmt *statement_of(struct file *file, int which)
{
    return file_prepared(file, GROUP_MEMBERS, which);
}

static int is_member(struct engine *engine, const char *conversation, const char *user)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, IS_MEMBER);
    int step;

    database_bind(statement, 1, conversation);
    database_bind(statement, 2, user);
    step = sqlite3_step(statement);
    return file_done(file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

struct name_walk {
    name_visit *visit;
    void *context;
};

static int show_name(sqlite3_stmt *row, void *context)
{
    const struct name_walk *walk = context;
    struct cell name = column_cell(row, 0);

    return walk->visit(walk->context, &name);
}

static int walk_conversations(
    struct engine *engine, const char *user, size_t most, name_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_CONVERSATIONS);
    struct name_walk walk = {.visit = visit, .context = context};

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, (int64_t)most);
    return file_walk(file, statement, SIZE_MAX, show_name, &walk);
}

static int next_conversation(
    struct engine *engine, const char *user, const char *from, char name[MEMBER_NAME_SIZE])
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, NEXT_CONVERSATION);
    int step;

    database_bind(statement, 1, user);
    database_bind(statement, 2, from);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        snprintf(name, MEMBER_NAME_SIZE, "%s", database_text(statement, 0));
    return file_done(file, statement, step) < 0 ? -1 : step == SQLITE_ROW;
}

static int walk_contacts(struct engine *engine, const char *user, size_t rows, size_t most,
    name_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_CONTACTS);
    struct name_walk walk = {.visit = visit, .context = context};

    database_bind(statement, 1, user);
    sqlite3_bind_int64(statement, 2, (int64_t)rows);
    sqlite3_bind_int64(statement, 3, (int64_t)most);
    return file_walk(file, statement, SIZE_MAX, show_name, &walk);
}

static int last_seen(struct engine *engine, const char *user, int64_t *ms)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, LAST_SEEN);
    int step;

    *ms = 0;
    database_bind(statement, 1, user);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        column_time(statement, 0, ms);
    return file_done(file, statement, step);
}

const struct member_verbs sqlite_members = {
    .is_member = is_member,
    .walk_conversations = walk_conversations,
    .next_conversation = next_conversation,
    .walk_contacts = walk_contacts,
    .last_seen = last_seen,
};
