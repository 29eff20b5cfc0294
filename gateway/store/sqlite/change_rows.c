#include <stdlib.h>
#include <string.h>

#include "common/database.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

/* The triggers write this key, set_back.<id>, for a row that is set back; its value is a random
 * word, a space and the user. */
#define SET_BACK_PREFIX "set_back."
#define IS_SET_BACK "key > 'set_back.' AND key < 'set_back/'"

enum { BEHIND, CLEAR, SET_BACK, CLEAR_SET_BACK, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [BEHIND] = "SELECT id, kind, key FROM changes WHERE id > ?1 ORDER BY id",
    [CLEAR] = "DELETE FROM changes WHERE id IN"
              " (SELECT id FROM changes WHERE id <= ?1 ORDER BY id LIMIT ?2)",
    [SET_BACK] = "SELECT key, value FROM belfry_meta WHERE " IS_SET_BACK,
    [CLEAR_SET_BACK] = "DELETE FROM belfry_meta WHERE " IS_SET_BACK,
};

const struct statement_group sqlite_change_statements = {sql, STATEMENTS};

struct change_walk {
    int (*visit)(void *context, const struct change_row *row);
    void *context;
};

static int visit_change(sqlite3_stmt *statement, void *context)
{
    const struct change_walk *walk = context;
    struct change_row row = {
        .id = sqlite3_column_int64(statement, 0),
        .kind = column_cell(statement, 1),
        .key = column_cell(statement, 2),
    };

    return walk->visit(walk->context, &row);
}

static int walk_changes(struct engine *engine, bool own, int64_t after, size_t most,
    int (*visit)(void *context, const struct change_row *row), void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_CHANGES, BEHIND);
    struct change_walk walk = {visit, context};

    (void)own;
    sqlite3_bind_int64(statement, 1, after);
    return file_walk(file, statement, most, visit_change, &walk);
}

static int clear_changes(struct engine *engine, int64_t upto, size_t most, size_t *cleared)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_CHANGES, CLEAR);

    *cleared = 0;
    if (engine->has_company)
        return 0;
    sqlite3_bind_int64(statement, 1, upto);
    sqlite3_bind_int64(statement, 2, (int64_t)most);
    if (file_run(file, statement) < 0)
        return -1;
    *cleared = (size_t)sqlite3_changes(file->db);
    return 0;
}

struct set_back_walk {
    int (*visit)(void *context, const struct set_back_entry *entry);
    void *context;
};

/* Skips entries that somebody else wrote under such a key. */
static int visit_set_back(sqlite3_stmt *statement, void *context)
{
    const struct set_back_walk *walk = context;
    const char *key = database_text(statement, 0);
    const char *value = database_text(statement, 1);
    char word[SET_BACK_WORD_SIZE] = "";
    struct set_back_entry entry = {.word = word};

    if (!key || !value || strlen(value) < SET_BACK_WORD_SIZE)
        return 1;
    memcpy(word, value, SET_BACK_WORD_SIZE - 1);
    entry.id = strtoll(key + strlen(SET_BACK_PREFIX), NULL, 10);
    entry.user = value + SET_BACK_WORD_SIZE;
    return walk->visit(walk->context, &entry);
}

static int walk_set_back(struct engine *engine,
    int (*visit)(void *context, const struct set_back_entry *entry), void *context)
{
    struct file *file = file_of(engine);
    struct set_back_walk walk = {visit, context};

    return file_walk(
        file, file_prepared(file, GROUP_CHANGES, SET_BACK), SIZE_MAX, visit_set_back, &walk);
}

static int clear_set_back(struct engine *engine)
{
    struct file *file = file_of(engine);

    if (engine->has_company)
        return 0;
    return file_run(file, file_prepared(file, GROUP_CHANGES, CLEAR_SET_BACK));
}

const struct change_verbs sqlite_changes = {
    .walk = walk_changes,
    .clear = clear_changes,
    .walk_set_back = walk_set_back,
    .clear_set_back = clear_set_back,
};
