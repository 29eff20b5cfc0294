/* Another gateway beside this one, while one takes the other's place: sibling_verbs.h. Nothing is
 * said directly: what is no row, such as who is typing, is not known to both. */
#include "gateway/store/sibling_verbs.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/clock.h"
#include "common/database.h"
#include "gateway/store/cell.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

/* All are walked over each time, so not too often; others are told after some seconds that somebody
 * has gone (presence_grace). */
#define WALK_MS 500
/* A row says when it was confirmed, and is written some time later. */
#define WRITTEN_MS 200
/* The changes that are new were made since the last turn. */
#define TURN_MS 2000

enum { USERS, OTHERS, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [USERS] = "SELECT p.user_id, p.instance, p.connections, p.last_seen FROM gateways AS g"
              " CROSS JOIN presence AS p INDEXED BY presence_of_gateway"
              " WHERE g.instance <> ?1 AND p.instance = g.instance AND p.connections > 0",
    [OTHERS] = "SELECT count(*) FROM gateways WHERE instance <> ?1",
};

const struct statement_group sqlite_sibling_statements = {sql, STATEMENTS};

static int64_t steady_ms(void)
{
    struct clock clock = clock_system();

    return clock.steady_ms(&clock);
}

static int64_t wall_ms(void)
{
    struct clock clock = clock_system();

    return clock_wall_ms(&clock);
}

static bool has_news(const struct engine *engine)
{
    const struct file *file = container_of(engine, const struct file, engine);

    return engine->has_company && steady_ms() >= file->company.walked_at + WALK_MS;
}

struct user_walk {
    struct file *file;
    int (*visit)(void *context, const struct sibling_user *user);
    void *context;
    size_t room;
    bool has_more;
};

static int on_user(sqlite3_stmt *statement, void *context)
{
    struct user_walk *walk = context;
    struct cell seen = column_cell(statement, 3);
    struct sibling_user user = {
        .user = database_text(statement, 0),
        .instance = database_text(statement, 1),
        .connections = sqlite3_column_int64(statement, 2),
    };
    struct company *company = &walk->file->company;

    if (!user.user || !user.instance ||
        !company_meet(company, user.instance, user.user, user.connections))
        return 1;
    if (walk->room == 0) {
        company_untell(company, user.instance, user.user);
        walk->has_more = true;
        return 1;
    }
    walk->room--;
    cell_time(&seen, "", &user.last_seen, NULL);
    return walk->visit(walk->context, &user) < 0 ? -1 : 1;
}

static int on_gone(void *context, const char *instance, const char *name)
{
    struct user_walk *walk = context;
    struct sibling_user user = {.user = name, .instance = instance, .last_seen = wall_ms()};

    return walk->visit(walk->context, &user);
}

/* Once the other one has ended, and all that were connected to it are known to be gone, there is no
 * company any more. */
static int look_for_others(struct engine *engine)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_SIBLINGS, OTHERS);
    int64_t others;

    database_bind(statement, 1, file->instance);
    if (file_integer(file, statement, &others) < 0)
        return -1;
    engine->has_company = engine->keeps_company || others > 0 || !company_is_empty(&file->company);
    return 0;
}

static int walk_users(struct engine *engine, size_t most,
    int (*visit)(void *context, const struct sibling_user *user), void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = file_prepared(file, GROUP_SIBLINGS, USERS);
    struct user_walk walk = {file, visit, context, most, false};

    company_begin_walk(&file->company, steady_ms());
    database_bind(statement, 1, file->instance);
    if (file_walk(file, statement, SIZE_MAX, on_user, &walk) < 0)
        return -1;
    walk.has_more |= !company_take_gone(&file->company, walk.room, on_gone, &walk);
    if (look_for_others(engine) < 0)
        return -1;
    return !walk.has_more;
}

static const char *write_mark(struct file *file, int64_t since)
{
    snprintf(file->mark, sizeof(file->mark), "%" PRId64, since);
    return file->mark;
}

/* A mark is a time: what was confirmed later may not be shown. */
static const char *mark(struct engine *engine)
{
    return engine->has_company ? write_mark(file_of(engine), wall_ms() - WRITTEN_MS) : NULL;
}

static const char *mark_before_changes(struct engine *engine)
{
    return engine->has_company ? write_mark(file_of(engine), wall_ms() - TURN_MS) : NULL;
}

const struct sibling_verbs sqlite_siblings = {
    .has_news = has_news,
    .walk_users = walk_users,
    .mark = mark,
    .mark_before_changes = mark_before_changes,
    .mark_before_new = mark_before_changes,
};
