/* The table `broadcasts`: broadcast_verbs.h. */
#include <string.h>

#include "common/database.h"
#include "gateway/store/broadcast_verbs.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/verbs.h"

enum {
    LAST_SENT,
    WALK_UNSENT,
    WALK_NEW,
    WALK_STANDING,
    WALK_TOPIC,
    READ,
    MARK_SENT,
    ADD_SENT,
    STATEMENTS
};

/* Of WALK_TOPIC; the other walks have the first of these. */
enum { ID, SENT_AT, TOPIC, RECIPIENTS };

static const char *const sql[STATEMENTS] = {
    [LAST_SENT] = "SELECT id FROM broadcasts WHERE sent_at IS NOT NULL ORDER BY id DESC LIMIT 1",
    [WALK_UNSENT] = "SELECT id, sent_at FROM broadcasts WHERE sent_at IS NULL ORDER BY id",
    /* Another gateway may have been quicker to send it. */
    [WALK_NEW] = "SELECT id, sent_at FROM broadcasts WHERE sent_at IS NULL UNION ALL"
                 " SELECT id, sent_at FROM broadcasts WHERE id > ?1 AND sent_at IS NOT NULL"
                 " ORDER BY id",
    [WALK_STANDING] = "SELECT id, sent_at FROM broadcasts INDEXED BY broadcasts_standing"
                      " WHERE topic = ?1 AND expires_at > ?2 AND id > ?3 ORDER BY id",
    /* The topic is not a condition here: the caller bounds how many rows are examined. */
    [WALK_TOPIC] = "SELECT id, sent_at, topic, recipients FROM broadcasts WHERE id > ?1"
                   " ORDER BY id",
    [READ] = "SELECT topic, event, data, created_at, expires_at FROM broadcasts WHERE id = ?1",
    [MARK_SENT] = "UPDATE broadcasts SET sent_at = ?2, recipients = ?3"
                  " WHERE id = ?1 AND sent_at IS NULL",
    [ADD_SENT] = "UPDATE broadcasts SET recipients = coalesce(recipients, 0) + ?3,"
                 " sent_at = coalesce(sent_at, ?2) WHERE id = ?1",
};

const struct statement_group sqlite_broadcast_statements = {sql, STATEMENTS};

static sqlite3_stmt *statement_of(struct file *file, int which)
{
    return file_prepared(file, GROUP_BROADCASTS, which);
}

static int last_sent(struct engine *engine, int64_t *id)
{
    struct file *file = file_of(engine);

    if (file_integer(file, statement_of(file, LAST_SENT), id) < 0)
        return -1;
    file->broadcasts_shown = *id;
    return 0;
}

struct broadcast_walk {
    broadcast_visit *visit;
    void *context;
    const char *topic; /* of walk_topic */
};

static int show_brief(sqlite3_stmt *row, void *context)
{
    const struct broadcast_walk *walk = context;
    struct broadcast_brief brief = {
        .id = sqlite3_column_int64(row, ID),
        .is_sent = sqlite3_column_type(row, SENT_AT) != SQLITE_NULL,
        .is_of_topic = true,
    };

    if (walk->topic) {
        const char *topic = database_text(row, TOPIC);

        brief.is_of_topic = topic && strcmp(topic, walk->topic) == 0;
        brief.recipients = sqlite3_column_int64(row, RECIPIENTS);
    }
    return walk->visit(walk->context, &brief);
}

struct unsent_walk {
    broadcast_visit *visit;
    void *context;
    struct file *file;
};

static int show_unsent(void *context, const struct broadcast_brief *brief)
{
    const struct unsent_walk *walk = context;
    int going = walk->visit(walk->context, brief);

    if (going == 1 && brief->id > walk->file->broadcasts_shown)
        walk->file->broadcasts_shown = brief->id;
    return going;
}

static int walk_unsent(struct engine *engine, broadcast_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, engine->has_company ? WALK_NEW : WALK_UNSENT);
    struct unsent_walk unsent = {visit, context, file};
    struct broadcast_walk walk = {.visit = show_unsent, .context = &unsent};

    if (engine->has_company)
        sqlite3_bind_int64(statement, 1, file->broadcasts_shown);
    return file_walk(file, statement, SIZE_MAX, show_brief, &walk);
}

static int walk_standing(struct engine *engine, const char *topic, const char *now, int64_t after,
    broadcast_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_STANDING);
    struct broadcast_walk walk = {.visit = visit, .context = context};

    database_bind(statement, 1, topic);
    database_bind(statement, 2, now);
    sqlite3_bind_int64(statement, 3, after);
    return file_walk(file, statement, SIZE_MAX, show_brief, &walk);
}

static int see_one(void *context, const struct broadcast_brief *brief)
{
    (void)brief;
    *(bool *)context = true;
    return 0;
}

static int find_standing(
    struct engine *engine, const char *topics, size_t count, const char *now, bool *stand)
{
    for (size_t i = 0; i < count; i++, topics += strlen(topics) + 1) {
        stand[i] = false;
        if (walk_standing(engine, topics, now, 0, see_one, &stand[i]) < 0)
            return -1;
    }
    return 0;
}

static int walk_topic(
    struct engine *engine, const char *topic, int64_t after, broadcast_visit *visit, void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, WALK_TOPIC);
    struct broadcast_walk walk = {.visit = visit, .context = context, .topic = topic};

    sqlite3_bind_int64(statement, 1, after);
    return file_walk(file, statement, SIZE_MAX, show_brief, &walk);
}

static struct broadcast_row row_of(sqlite3_stmt *statement, int64_t id)
{
    return (struct broadcast_row){
        .id = id,
        .topic = column_cell(statement, 0),
        .event = column_cell(statement, 1),
        .data = column_cell(statement, 2),
        .created_at = column_cell(statement, 3),
        .expires_at = column_cell(statement, 4),
    };
}

static int read_one(struct engine *engine, int64_t id,
    int (*visit)(void *context, const struct broadcast_row *row), void *context)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, READ);
    struct broadcast_row row = {.id = id, .bad = "the row is too large to be read"};
    int result = 1;
    int step;

    sqlite3_bind_int64(statement, 1, id);
    step = sqlite3_step(statement);
    if (step == SQLITE_TOOBIG) {
        sqlite3_reset(statement);
        return visit(context, &row);
    }
    if (step == SQLITE_ROW) {
        row = row_of(statement, id);
        result = visit(context, &row);
    }
    return file_done(file, statement, step) < 0 ? -1 : result;
}

static int mark_sent(struct engine *engine, int64_t id, const char *at, int64_t recipients)
{
    struct file *file = file_of(engine);
    sqlite3_stmt *statement = statement_of(file, engine->has_company ? ADD_SENT : MARK_SENT);

    sqlite3_bind_int64(statement, 1, id);
    database_bind(statement, 2, at);
    sqlite3_bind_int64(statement, 3, recipients);
    return file_run(file, statement);
}

const struct broadcast_verbs sqlite_broadcasts = {
    .last_sent = last_sent,
    .walk_unsent = walk_unsent,
    .walk_standing = walk_standing,
    .find_standing = find_standing,
    .walk_topic = walk_topic,
    .read = read_one,
    .mark_sent = mark_sent,
};
