#include "gateway/store/sqlite/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"
#include "common/schema_numbers.h"
#include "gateway/store/sqlite/column.h"
#include "gateway/store/sqlite/verbs.h"

enum { BEGIN, BEGIN_WRITING, COMMIT, ROLLBACK, DATA_VERSION, NEWEST_MOMENT, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [BEGIN] = "BEGIN",
    [BEGIN_WRITING] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [DATA_VERSION] = "PRAGMA data_version",
    [NEWEST_MOMENT] =
        "SELECT max(at) FROM (SELECT alive_at AS at FROM gateways UNION ALL"
        " SELECT delivered_at FROM (SELECT status, delivered_at FROM notifications"
        " NOT INDEXED ORDER BY id DESC LIMIT 100000) WHERE status = 'delivered') WHERE at <= ?1",
};

const struct statement_group sqlite_file_statements = {sql, STATEMENTS};

/* How often a lock is tried again before that counts as a failure. */
#define BUSY_TRIES 8
/* How long each connection of the checkpointer waits for a lock when it is opened. */
#define OPEN_BUSY_MS 10
#define WAL_MEASURE_MS 1000

/* The -wal is truncated to 64 MiB when it is restarted. */
#define PRAGMAS \
    "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;" \
    "PRAGMA temp_store = MEMORY"

void file_init(struct file *file, const char *path, const char *synchronous,
    const struct statement_group *const *groups)
{
    *file = (struct file){.path = path, .synchronous = synchronous, .groups = groups};
    file_lock_init(&file->lock);
}

void file_release(struct file *file)
{
    file_lock_release(&file->lock);
}

static enum engine_trouble trouble_of(int code)
{
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ENGINE_BUSY;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
        return ENGINE_REFUSES_ROW;
    default:
        return ENGINE_BROKEN;
    }
}

int file_fail(struct file *file, int code)
{
    file->engine.code = code;
    file->engine.trouble = trouble_of(code);
    return -1;
}

/* Sets trouble, code and why from what SQLite said last. Returns -1. */
static int file_failed(struct file *file)
{
    int code = sqlite3_errcode(file->db) & 0xff;

    database_reason(file->db, &file->engine.why, NULL);
    return file_fail(file, code);
}

static int read_name(struct file *file)
{
    char *name = schema_meta(file->db, "queue");
    bool fits = name && strlen(name) < FILE_NAME_SIZE;

    if (fits)
        snprintf(file->engine.name, sizeof(file->engine.name), "%s", name);
    else
        reason_set(&file->engine.why, "%s: belfry_meta holds no name of the queue", file->path);
    free(name);
    return fits ? 0 : file_fail(file, SQLITE_NOTFOUND);
}

/* If several things were repaired, rows that got new ids matter more than a missing trigger. */
static void note_amiss(struct file *file)
{
    int64_t version = schema_outdated(file->db);
    struct reason why;

    file->engine.mended = file->engine.why;
    if (version > 0)
        reason_set(&file->engine.mended,
            "%s: its schema %lld was migrated to %d, and %s.before-v%d is a copy from before",
            file->path, (long long)version, SCHEMA_VERSION, file->path, SCHEMA_VERSION);
    if (schema_numbers_check(file->db, &why) == 0)
        return;
    file->engine.mended = why;
    reason_prefix(&file->engine.mended, "%s: ", file->path);
}

/* The gateway can do without the tables for publishing, so it starts even if they cannot be added.
 */
static void add_publishing(struct file *file)
{
    if (schema_add_publishing(file->db, file->path, &file->no_publishing) >= 0)
        return;
    reason_prefix(&file->no_publishing,
        "publishing over HTTP is not ready, since its tables could not be added (`belfry init` "
        "tries again): ");
}

/* Migrates an older queue; does not turn another database into a queue. */
static int check_schema(struct file *file)
{
    char *name;

    file->engine.mended.text[0] = file->no_publishing.text[0] = '\0';
    if (schema_check_queue(file->db, file->path, &file->engine.why) == 0) {
        add_publishing(file);
        return 0;
    }
    name = schema_meta(file->db, "queue");
    if (!name)
        return file_fail(file, SQLITE_SCHEMA);
    free(name);
    if (file->engine.has_company && schema_outdated(file->db) > 0) {
        reason_set(&file->engine.why,
            "%s: this version migrates the queue, which another gateway is using: restart the "
            "gateway instead of upgrading it (systemctl restart)",
            file->path);
        return file_fail(file, SQLITE_SCHEMA);
    }
    note_amiss(file);
    if (schema_init_queue(file->db, file->path, &file->engine.why) < 0 ||
        schema_check_queue(file->db, file->path, &file->engine.why) < 0)
        return file_fail(file, SQLITE_SCHEMA);
    return 0;
}

/* Only a commit that somebody will be told about needs an fsync. A mark lost in a power failure
 * means that a row is delivered twice, which clients expect. */
static int set_durable(struct file *file, bool durable)
{
    bool as_set = durable || strcmp(file->synchronous, "off") == 0;
    char pragma[64];

    snprintf(
        pragma, sizeof(pragma), "PRAGMA synchronous = %s", as_set ? file->synchronous : "NORMAL");
    if (sqlite3_exec(file->db, pragma, NULL, NULL, NULL) != SQLITE_OK)
        return file_failed(file);
    file->is_durable = durable;
    return 0;
}

/* SQLite's own handler would sleep for up to 10 ms, and nothing is delivered meanwhile. The lock of
 * a publisher's commit is over within some 50 us; whatever takes longer is waited for between reads
 * (health.h). */
static int on_busy(void *context, int tries)
{
    static const struct timespec nap = {.tv_nsec = 20000};

    (void)context;
    if (tries >= BUSY_TRIES)
        return 0;
    nanosleep(&nap, NULL);
    return 1;
}

static bool has_moved(sqlite3 *db)
{
    int moved = 0;

    sqlite3_file_control(db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved;
}

/* Notes which file the connection has open. It may have been replaced since the lock was taken. */
static int identify(struct file *file, sqlite3 *db)
{
    struct stat status;
    int result;

    if (stat(file->path, &status) < 0) {
        result = reason_set(&file->engine.why, "%s: %s", file->path, strerror(errno));
    } else {
        file->device = status.st_dev;
        file->inode = status.st_ino;
        if (file_lock_is_on(&file->lock, file->device, file->inode) && !has_moved(db))
            return 0;
        result = reason_set(&file->engine.why, "%s: was replaced while it was opened", file->path);
    }
    file_fail(file, SQLITE_CANTOPEN);
    return result;
}

static void finalize(struct file *file)
{
    for (size_t i = 0; i < GROUPS; i++) {
        if (file->prepared[i])
            database_finalize(file->prepared[i], file->groups[i]->count);
        free(file->prepared[i]);
        file->prepared[i] = NULL;
    }
}

static int prepare(struct file *file)
{
    for (size_t i = 0; i < GROUPS; i++) {
        const struct statement_group *group = file->groups[i];

        file->prepared[i] = mem_array(group->count, sizeof(*file->prepared[i]));
        if (database_prepare(
                file->db, group->sql, file->prepared[i], group->count, &file->engine.why) < 0)
            return file_fail(file, SQLITE_CANTOPEN);
    }
    return 0;
}

/* The path may lead to another file by now: a checkpoint of that one would be none of ours. */
static int open_beside(struct file *file, sqlite3 **db)
{
    struct reason *why = &file->engine.why;
    char pragmas[256];

    snprintf(pragmas, sizeof(pragmas), PRAGMAS "; PRAGMA synchronous = %s", file->synchronous);
    if (database_open(file->path, DATABASE_OWN, OPEN_BUSY_MS, db, why) < 0)
        return file_fail(file, SQLITE_CANTOPEN);
    if (database_exec(*db, pragmas, why) < 0 || identify(file, *db) < 0) {
        database_close(db);
        return file_fail(file, SQLITE_CANTOPEN);
    }
    return 0;
}

static int start_checkpointer(struct file *file)
{
    sqlite3 *db, *guard;

    if (open_beside(file, &db) < 0)
        return -1;
    if (open_beside(file, &guard) < 0) {
        database_close(&db);
        return -1;
    }
    file->checkpointer = checkpointer_new(db, guard, &file->engine.why);
    return file->checkpointer ? 0 : file_fail(file, SQLITE_CANTOPEN);
}

static int set_up(struct file *file)
{
    if (identify(file, file->db) < 0)
        return -1;
    if (database_exec(file->db, PRAGMAS, &file->engine.why) < 0)
        return file_fail(file, SQLITE_CANTOPEN);
    if (set_durable(file, false) < 0 || check_schema(file) < 0 || read_name(file) < 0 ||
        prepare(file) < 0)
        return -1;
    file->data_version = -1;
    wal_index_open(&file->wal_index, file->db);
    sqlite3_busy_handler(file->db, on_busy, NULL);
    if (file_commits_of_others(file) < 0 || start_checkpointer(file) < 0)
        return -1;
    file->wal_inode = database_beside(file->db, "-wal");
    file->shm_inode = database_beside(file->db, "-shm");
    return 0;
}

int file_open(struct file *file, int busy_ms)
{
    if (file_lock_hold(&file->lock, file->path, &file->engine.why) < 0 ||
        database_open(file->path, DATABASE_OWN, busy_ms, &file->db, &file->engine.why) < 0)
        return file_fail(file, SQLITE_CANTOPEN);
    if (set_up(file) < 0) {
        file_close(file, false);
        return -1;
    }
    file->engine.is_open = true;
    return 0;
}

void file_close(struct file *file, bool orphan)
{
    if (!file->db)
        return;
    checkpointer_free(file->checkpointer, orphan);
    file->checkpointer = NULL;
    if (orphan)
        sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    finalize(file);
    database_close(&file->db);
    file->engine.is_open = false;
}

/* Two checkpoints cannot be made at a time. This one has no guard (checkpointer.h): others can only
 * lose what they still write to a -wal that is deleted, which they lose in any case. */
void file_rescue(struct file *file)
{
    checkpointer_finish(file->checkpointer);
    file->checkpointer = NULL;
    sqlite3_wal_checkpoint_v2(file->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

bool file_has_lost_shm(const struct file *file)
{
    return file->shm_inode != 0 && database_beside(file->db, "-shm") != file->shm_inode;
}

sqlite3_stmt *file_prepared(struct file *file, enum statement_groups group, int which)
{
    return file->prepared[group][which];
}

int file_done(struct file *file, sqlite3_stmt *statement, int step)
{
    int result = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : file_failed(file);

    sqlite3_reset(statement);
    return result;
}

int file_run(struct file *file, sqlite3_stmt *statement)
{
    int step;

    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
        continue;
    return file_done(file, statement, step);
}

int file_walk(struct file *file, sqlite3_stmt *statement, size_t most,
    int (*visit)(sqlite3_stmt *row, void *context), void *context)
{
    int step = SQLITE_ROW;
    int going = 1;

    for (size_t i = 0; i < most && going == 1; i++) {
        step = sqlite3_step(statement);
        if (step != SQLITE_ROW)
            break;
        going = visit(statement, context);
    }
    /* The failure inside `visit` has set the reason, which file_done would overwrite. */
    if (going < 0) {
        sqlite3_reset(statement);
        return -1;
    }
    return file_done(file, statement, step) < 0 ? -1 : step == SQLITE_DONE;
}

int file_begin(struct file *file)
{
    file->is_writing = false;
    errno = 0;
    return file_run(file, file_prepared(file, GROUP_FILE, BEGIN));
}

/* What separates the open file from the one that others use; NULL: nothing. */
static const char *what_became_of(const struct file *file)
{
    if (has_moved(file->db))
        return "was moved, deleted or replaced";
    return file_has_lost_shm(file) ? "has lost its -shm file" : NULL;
}

static int refuse_orphan(struct file *file)
{
    const char *what = what_became_of(file);

    if (!what)
        return 0;
    reason_set(&file->engine.why, "%s: %s", file->path, what);
    return file_fail(file, SQLITE_READONLY);
}

int file_begin_writing(struct file *file, bool durable)
{
    if (refuse_orphan(file) < 0 || (durable != file->is_durable && set_durable(file, durable) < 0))
        return -1;
    if (file_run(file, file_prepared(file, GROUP_FILE, BEGIN_WRITING)) < 0)
        return -1;
    file->is_writing = true;
    wal_index_lock(&file->wal_index);
    return 0;
}

int file_commit(struct file *file)
{
    errno = 0;
    if (file_run(file, file_prepared(file, GROUP_FILE, COMMIT)) < 0)
        return -1;
    if (file->is_writing)
        wal_index_commit(&file->wal_index);
    return 0;
}

/* Some errors roll back by themselves. */
void file_rollback(struct file *file)
{
    if (!sqlite3_get_autocommit(file->db))
        sqlite3_step(file_prepared(file, GROUP_FILE, ROLLBACK));
    sqlite3_reset(file_prepared(file, GROUP_FILE, ROLLBACK));
}

int file_integer(struct file *file, sqlite3_stmt *statement, int64_t *value)
{
    int step = sqlite3_step(statement);

    *value = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return file_done(file, statement, step);
}

/* The counter begins anew where the index had to be made again, and may come to where it was. */
int file_commits_of_others(struct file *file)
{
    sqlite3_stmt *statement = file_prepared(file, GROUP_FILE, DATA_VERSION);
    int64_t before = file->data_version;
    int commits;

    if (!wal_index_is_new(&file->wal_index))
        return 0;
    commits = wal_index_look(&file->wal_index);
    if (file_integer(file, statement, &file->data_version) < 0) {
        wal_index_doubt(&file->wal_index);
        return -1;
    }
    if (file->data_version == before)
        return 0;
    return commits > 0 ? commits : 1;
}

/* The file system is asked once a second. */
static uint64_t wal_bytes(struct file *file, const struct clock *clock)
{
    int64_t now = clock_steady_ms(clock);

    if (now >= file->wal_measured_at + WAL_MEASURE_MS) {
        file->wal_bytes = database_beside_bytes(file->db, "-wal");
        file->wal_measured_at = now;
    }
    return file->wal_bytes;
}

void file_tidy(struct file *file, const struct clock *clock, struct engine_upkeep *upkeep)
{
    uint32_t frames, copied;

    wal_index_sizes(&file->wal_index, &frames, &copied);
    /* Others may write another WAL by now, whose pages ours must not undo; or use ours with a file
     * that has replaced this one, and what is copied into this one would be lost to theirs. */
    if (checkpointer_is_due(file->checkpointer, clock, frames, copied) && !what_became_of(file))
        checkpointer_ask(file->checkpointer, clock);
    checkpointer_tell(file->checkpointer, upkeep);
    upkeep->wal_frames = frames;
    upkeep->wal_bytes = wal_bytes(file, clock);
    upkeep->last_notification = file->last_notification;
}

int file_newest_moment(struct file *file, const char *upto, int64_t *wall_ms)
{
    sqlite3_stmt *statement = file_prepared(file, GROUP_FILE, NEWEST_MOMENT);
    int step;

    *wall_ms = 0;
    database_bind(statement, 1, upto);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        column_time(statement, 0, wall_ms);
    return file_done(file, statement, step);
}
