#include "gateway/store/sqlite/session_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/trust.h"

#define SQL_MAX 16384

static const struct session_verbs verbs;

/* Columns of both statements. */
enum { ROWID, TOKEN };

void session_file_init(
    struct session_file *file, const char *path, const struct config_list *sources)
{
    *file = (struct session_file){.path = path, .sessions.verbs = &verbs};
    session_shapes_of(sources, file->shapes, SESSION_FILE_TABLES);
}

static void forget_tables(struct session_file *file)
{
    for (; file->count > 0; file->count--) {
        sqlite3_finalize(file->tables[file->count - 1].row);
        sqlite3_finalize(file->tables[file->count - 1].walk);
    }
}

void session_file_close(struct session_file *file)
{
    forget_tables(file);
    sqlite3_finalize(file->ask_data_version);
    sqlite3_finalize(file->ask_schema_version);
    file->ask_data_version = file->ask_schema_version = NULL;
    database_close(&file->db);
}

/* Others use another file now: nothing is written back to the open one. */
static void session_file_abandon(struct session_file *file)
{
    if (file->db)
        sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    session_file_close(file);
}

static int session_file_failed(struct session_file *file)
{
    file->sessions.code = sqlite3_errcode(file->db) & 0xff;
    return database_reason(file->db, &file->sessions.why, NULL);
}

static int prepare_one(struct session_file *file, const char *sql, sqlite3_stmt **statement)
{
    if (database_prepare(file->db, &sql, statement, 1, &file->sessions.why) == 0)
        return 0;
    file->sessions.code = sqlite3_errcode(file->db) & 0xff;
    return -1;
}

static int prepare_table(struct session_file *file, const struct session_tables *tables)
{
    struct session_table *table = &file->tables[file->count++];
    struct buf row, walk;
    int result;

    *table = (struct session_table){NULL, NULL};
    buf_init(&row, SQL_MAX);
    buf_init(&walk, SQL_MAX);
    session_tables_compose_row(tables, &row);
    session_tables_compose_walk(tables, &walk);
    result = prepare_one(file, row.data, &table->row);
    if (result == 0)
        result = prepare_one(file, walk.data, &table->walk);
    buf_release(&row);
    buf_release(&walk);
    return result;
}

/* A missing table is no error; `why` says what there is instead. */
static int find_table(struct session_file *file, const struct session_shape *shape)
{
    struct session_tables tables;
    int result = 0;

    if (session_tables_find(&tables, file->db, shape, &file->sessions.why) < 0) {
        file->sessions.code = sqlite3_errcode(file->db) & 0xff;
        return file->sessions.code == SQLITE_OK ? 0 : -1;
    }
    if (tables.rowid)
        result = prepare_table(file, &tables);
    else
        reason_set(
            &file->sessions.why, "%s: its table %s has no rowid", file->path, tables.session);
    session_tables_release(&tables);
    return result;
}

/* Without any table nothing can be said about sessions, as if the file could not be read. */
static int find_all(struct session_file *file)
{
    reason_set(&file->sessions.why, "no source in session_sources keeps its sessions in tables");
    for (size_t i = 0; i < SESSION_FILE_TABLES && file->shapes[i]; i++) {
        struct reason before = file->sessions.why;

        if (find_table(file, file->shapes[i]) < 0)
            return -1;
        if (i > 0)
            reason_prefix(&file->sessions.why, "%s; ", before.text);
    }
    file->sessions.code = SQLITE_NOTFOUND;
    return file->count > 0 ? 0 : -1;
}

/* In one read transaction: otherwise a lock taken in between would look like a missing table, and
 * like the end of all its sessions. */
static int find_tables(struct session_file *file)
{
    int result;

    forget_tables(file);
    if (sqlite3_exec(file->db, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) ==
        SQLITE_OK)
        result = find_all(file);
    else
        result = session_file_failed(file);
    sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

static int read_version(struct session_file *file, sqlite3_stmt *statement, int64_t *version)
{
    int step = sqlite3_step(statement);
    int result = 0;

    if (step == SQLITE_ROW)
        *version = sqlite3_column_int64(statement, 0);
    else
        result = session_file_failed(file);
    sqlite3_reset(statement);
    return result;
}

/* Read before anything that depends on them, so that a change meanwhile shows at the next look. */
static int read_versions(struct session_file *file, int64_t *data, int64_t *schema)
{
    if (read_version(file, file->ask_data_version, data) < 0)
        return -1;
    return read_version(file, file->ask_schema_version, schema);
}

static int open_statements(struct session_file *file)
{
    if (prepare_one(file, "PRAGMA data_version", &file->ask_data_version) < 0 ||
        prepare_one(file, "PRAGMA schema_version", &file->ask_schema_version) < 0 ||
        read_versions(file, &file->data_version, &file->schema_version) < 0)
        return -1;
    return find_tables(file);
}

static int open_anew(struct session_file *file, const struct stat *status)
{
    int opened = -SQLITE_PERM;

    if (trust_store(file->path, &file->sessions.why) == 0)
        opened = database_open(file->path, DATABASE_FOREIGN, 0, &file->db, &file->sessions.why);
    if (opened < 0) {
        file->sessions.code = -opened;
        return -1;
    }
    file->device = status->st_dev;
    file->inode = status->st_ino;
    file->beside = (struct database_files){0};
    if (open_statements(file) == 0) {
        database_files_follow(&file->beside, file->db);
        return SESSIONS_ANOTHER;
    }
    session_file_close(file);
    return -1;
}

static int compare_versions(struct session_file *file)
{
    int64_t data = 0, schema = 0;

    if (read_versions(file, &data, &schema) < 0)
        return -1;
    if (data == file->data_version && schema == file->schema_version)
        return SESSIONS_SAME;
    if (schema != file->schema_version && find_tables(file) < 0)
        return -1;
    file->data_version = data;
    if (schema == file->schema_version)
        return SESSIONS_CHANGED;
    file->schema_version = schema;
    return SESSIONS_REBUILT;
}

static int look_at_file(struct session_file *file)
{
    struct stat status;

    if (stat(file->path, &status) < 0) {
        session_file_abandon(file);
        file->sessions.code = SQLITE_CANTOPEN;
        return reason_set(&file->sessions.why,
            "%s: %s; session_database under [auth] says where the sessions are", file->path,
            strerror(errno));
    }
    if (file->db && (file->device != status.st_dev || file->inode != status.st_ino)) {
        session_file_abandon(file);
    } else if (file->db && !database_files_follow(&file->beside, file->db)) {
        reason_set(&file->sessions.advice,
            "%s has lost its -wal or -shm file, and is opened again; restart the programs that had "
            "it open before, so that they open it again, too",
            file->path);
        session_file_abandon(file);
    }
    if (!file->db)
        return open_anew(file, &status);
    if (!database_files_complete(&file->beside) &&
        database_beside_judge(file->db, &file->sessions.why) < 0) {
        file->sessions.code = SQLITE_CANTOPEN;
        return -1;
    }
    return compare_versions(file);
}

/* A lock passes by itself; after any other error the open file is not trusted. */
static int look_end(struct session_file *file, int result)
{
    bool is_locked = file->sessions.code == SQLITE_BUSY || file->sessions.code == SQLITE_LOCKED;

    file->sessions.trouble = is_locked ? ENGINE_BUSY : ENGINE_BROKEN;
    if (result < 0 && !is_locked)
        session_file_close(file);
    return result;
}

int session_file_look(struct session_file *file)
{
    return look_end(file, look_at_file(file));
}

static struct token_session session_of(sqlite3_stmt *row)
{
    struct token_session session = {.rowid = sqlite3_column_int64(row, ROWID)};
    const char *token = database_text(row, TOKEN);

    token_session_digest(
        token ? token : "", (size_t)sqlite3_column_bytes(row, TOKEN), session.hash);
    return session;
}

static int table_has(
    struct session_file *file, sqlite3_stmt *row, const struct token_session *session)
{
    int result = 0;
    int step;

    sqlite3_bind_int64(row, 1, session->rowid);
    step = sqlite3_step(row);
    if (step == SQLITE_ROW) {
        struct token_session there = session_of(row);
        result = memcmp(there.hash, session->hash, sizeof(there.hash)) == 0;
    } else if (step != SQLITE_DONE) {
        result = session_file_failed(file);
    }
    sqlite3_reset(row);
    return result;
}

int session_file_has(struct session_file *file, const struct token_session *session)
{
    int result = 0;

    for (size_t i = 0; i < file->count && result == 0; i++)
        result = table_has(file, file->tables[i].row, session);
    return look_end(file, result);
}

static int walk_table(struct session_file *file, struct session_walk *walk, size_t most,
    void (*visit)(void *context, const struct token_session *session), void *context)
{
    sqlite3_stmt *statement = file->tables[walk->table].walk;
    int step = SQLITE_ROW;
    int result = 1;

    sqlite3_bind_int64(statement, 1, walk->is_inside ? walk->rowid : INT64_MIN);
    walk->is_inside = true;
    for (size_t i = 0; i < most && (step = sqlite3_step(statement)) == SQLITE_ROW; i++) {
        struct token_session session = session_of(statement);
        visit(context, &session);
        if (session.rowid == INT64_MAX) {
            step = SQLITE_DONE;
            break;
        }
        walk->rowid = session.rowid + 1;
    }
    if (step == SQLITE_DONE)
        *walk = (struct session_walk){.table = walk->table + 1};
    else if (step != SQLITE_ROW)
        result = session_file_failed(file);
    sqlite3_reset(statement);
    return result;
}

int session_file_walk(struct session_file *file, struct session_walk *walk, size_t most,
    void (*visit)(void *context, const struct token_session *session), void *context)
{
    if (walk->table >= file->count)
        return 0;
    return look_end(file, walk_table(file, walk, most, visit, context));
}

static struct session_file *file_of_sessions(struct sessions *sessions)
{
    return container_of(sessions, struct session_file, sessions);
}

static void verb_free(struct sessions *sessions)
{
    struct session_file *file = file_of_sessions(sessions);

    session_file_close(file);
    free(file);
}

static int verb_look(struct sessions *sessions)
{
    return session_file_look(file_of_sessions(sessions));
}

static int verb_has(
    struct sessions *sessions, const struct token_session *const *asked, size_t count, bool *there)
{
    for (size_t i = 0; i < count; i++) {
        int has = session_file_has(file_of_sessions(sessions), asked[i]);

        if (has < 0)
            return -1;
        there[i] = has > 0;
    }
    return 0;
}

static int verb_walk(struct sessions *sessions, struct session_walk *walk, size_t most,
    void (*visit)(void *context, const struct token_session *session), void *context)
{
    return session_file_walk(file_of_sessions(sessions), walk, most, visit, context);
}

static const struct session_verbs verbs = {
    .free = verb_free,
    .look = verb_look,
    .has = verb_has,
    .walk = verb_walk,
};

struct sessions *session_file_new(const char *path, const struct config_list *sources)
{
    struct session_file *file = mem_alloc(sizeof(*file));

    session_file_init(file, path, sources);
    return &file->sessions;
}
