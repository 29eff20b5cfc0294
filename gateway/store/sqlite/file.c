#include "gateway/store/sqlite/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/database.h"
#include "common/schema.h"
#include "common/schema_numbers.h"

/* The -wal is cut down to 64 MiB when it begins anew. */
#define PRAGMAS \
    "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;" \
    "PRAGMA temp_store = MEMORY"

void file_init(struct file *file, const char *path, const char *synchronous)
{
    *file = (struct file){.path = path, .synchronous = synchronous};
    file_lock_init(&file->lock);
}

void file_release(struct file *file)
{
    file_lock_release(&file->lock);
}

static int read_name(struct file *file)
{
    char *name = schema_meta(file->db, "queue");
    bool fits = name && strlen(name) < FILE_NAME_SIZE;

    if (fits)
        snprintf(file->name, sizeof(file->name), "%s", name);
    free(name);
    file->code = SQLITE_NOTFOUND;
    return fits ? 0
                : reason_set(&file->why, "%s: belfry_meta holds no name of the queue", file->path);
}

/* Rows that are to get other ids count for more than a trigger that is missing. */
static void note_amiss(struct file *file)
{
    struct reason why;

    file->amiss = file->why;
    if (schema_numbers_check(file->db, &why) == 0)
        return;
    file->amiss = why;
    reason_prefix(&file->amiss, "%s: ", file->path);
}

/* An older queue is moved forward; what is no queue is not made one here. */
static int check_schema(struct file *file)
{
    char *name;

    file->amiss.text[0] = '\0';
    if (schema_check_queue(file->db, file->path, &file->why) == 0)
        return 0;
    file->code = SQLITE_SCHEMA;
    name = schema_meta(file->db, "queue");
    if (!name)
        return -1;
    free(name);
    note_amiss(file);
    if (schema_init_queue(file->db, file->path, &file->why) < 0)
        return -1;
    return schema_check_queue(file->db, file->path, &file->why);
}

/* An fsync a commit is for what somebody was told is stored. A mark that a power failure undoes is
 * a row delivered twice, which clients expect. */
static int set_durable(struct file *file, bool durable)
{
    bool as_set = durable || strcmp(file->synchronous, "off") == 0;
    char sql[64];

    snprintf(sql, sizeof(sql), "PRAGMA synchronous = %s", as_set ? file->synchronous : "NORMAL");
    if (sqlite3_exec(file->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return file_failed(file);
    file->is_durable = durable;
    return 0;
}

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((struct file *)context)->wal_pages = pages;
    return SQLITE_OK;
}

static bool has_moved(struct file *file)
{
    int moved = 0;

    sqlite3_file_control(file->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved;
}

/* Which file was opened. It may have been replaced since the lock was taken. */
static int identify(struct file *file)
{
    struct stat status;

    file->code = SQLITE_CANTOPEN;
    if (stat(file->path, &status) < 0)
        return reason_set(&file->why, "%s: %s", file->path, strerror(errno));
    file->device = status.st_dev;
    file->inode = status.st_ino;
    if (!file_lock_is_on(&file->lock, file->device, file->inode) || has_moved(file))
        return reason_set(&file->why, "%s: was replaced while it was opened", file->path);
    return 0;
}

static int set_up(struct file *file)
{
    if (identify(file) < 0 || database_exec(file->db, PRAGMAS, &file->why) < 0 ||
        set_durable(file, false) < 0 || check_schema(file) < 0 || read_name(file) < 0 ||
        database_prepare(file->db, statement_sql, file->statements, STATEMENT_COUNT, &file->why) <
            0)
        return -1;
    file->data_version = -1;
    file->wal_pages = 0;
    sqlite3_wal_hook(file->db, on_commit, file);
    sqlite3_busy_timeout(file->db, FILE_BUSY_MS);
    if (file_has_changed(file) < 0)
        return -1;
    file->wal_inode = database_beside(file->db, "-wal");
    file->shm_inode = database_beside(file->db, "-shm");
    return 0;
}

int file_open(struct file *file, int busy_ms)
{
    file->code = SQLITE_CANTOPEN;
    if (file_lock_hold(&file->lock, file->path, &file->why) < 0 ||
        database_open(file->path, DATABASE_OWN, busy_ms, &file->db, &file->why) < 0)
        return -1;
    if (set_up(file) == 0)
        return 0;
    file_close(file, false);
    return -1;
}

void file_close(struct file *file, bool orphan)
{
    if (!file->db)
        return;
    if (orphan)
        sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    database_finalize(file->statements, STATEMENT_COUNT);
    database_close(&file->db);
}

static bool has_lost_shm(const struct file *file)
{
    return file->shm_inode != 0 && database_beside(file->db, "-shm") != file->shm_inode;
}

enum file_place file_place(const struct file *file)
{
    struct stat status;

    if (stat(file->path, &status) < 0)
        return FILE_GONE;
    if (status.st_ino != file->inode || status.st_dev != file->device)
        return FILE_REPLACED;
    if (file->wal_inode != 0 && database_beside(file->db, "-wal") != file->wal_inode)
        return FILE_LOST_WAL;
    return has_lost_shm(file) ? FILE_LOST_SHM : FILE_HERE;
}

bool file_wal_is_gone(const struct file *file)
{
    return database_beside(file->db, "-wal") == 0;
}

sqlite3_stmt *file_statement(struct file *file, enum statement which)
{
    return file->statements[which];
}

int file_failed(struct file *file)
{
    file->code = sqlite3_errcode(file->db) & 0xff;
    return database_reason(file->db, &file->why, NULL);
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

bool file_refuses_row(const struct file *file)
{
    return file->code == SQLITE_CONSTRAINT || file->code == SQLITE_TOOBIG ||
           file->code == SQLITE_MISMATCH;
}

int file_begin(struct file *file)
{
    errno = 0;
    return file_run(file, file->statements[STATEMENT_BEGIN]);
}

static int refuse_orphan(struct file *file)
{
    const char *what = has_moved(file)      ? "was moved, deleted or replaced"
                       : has_lost_shm(file) ? "has lost its -shm file"
                                            : NULL;

    if (!what)
        return 0;
    file->code = SQLITE_READONLY;
    return reason_set(&file->why, "%s: %s", file->path, what);
}

int file_begin_writing(struct file *file, bool durable)
{
    if (refuse_orphan(file) < 0 || (durable != file->is_durable && set_durable(file, durable) < 0))
        return -1;
    return file_run(file, file->statements[STATEMENT_BEGIN_WRITING]);
}

int file_commit(struct file *file)
{
    errno = 0;
    return file_run(file, file->statements[STATEMENT_COMMIT]);
}

/* Some errors have rolled back by themselves. */
void file_rollback(struct file *file)
{
    if (!sqlite3_get_autocommit(file->db))
        sqlite3_step(file->statements[STATEMENT_ROLLBACK]);
    sqlite3_reset(file->statements[STATEMENT_ROLLBACK]);
}

static int one_integer(struct file *file, sqlite3_stmt *statement, int64_t *value)
{
    int step = sqlite3_step(statement);

    *value = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return file_done(file, statement, step);
}

int file_has_changed(struct file *file)
{
    int64_t before = file->data_version;

    if (one_integer(file, file->statements[STATEMENT_DATA_VERSION], &file->data_version) < 0)
        return -1;
    return file->data_version != before;
}

int file_last_id(struct file *file, int64_t *id)
{
    return one_integer(file, file->statements[STATEMENT_LAST_ID], id);
}

int file_has_name(struct file *file)
{
    sqlite3_stmt *statement = file->statements[STATEMENT_QUEUE_NAME];
    int step = sqlite3_step(statement);
    const char *name = step == SQLITE_ROW ? database_text(statement, 0) : NULL;
    bool same = name && strcmp(name, file->name) == 0;

    return file_done(file, statement, step) < 0 ? -1 : same;
}
