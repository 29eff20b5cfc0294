#include "gateway/store/sqlite/file_identity.h"

#include <string.h>
#include <sys/stat.h>

#include "common/database.h"
#include "common/schema_numbers.h"
#include "gateway/store/sqlite/verbs.h"

enum { IDENTITY, STATEMENTS };

static const char *const sql[STATEMENTS] = {
    [IDENTITY] = "SELECT (SELECT value FROM belfry_meta WHERE key = 'queue'),"
                 " (SELECT seq FROM sqlite_sequence WHERE name = 'notifications'),"
                 " (SELECT seq FROM sqlite_sequence WHERE name = 'messages')",
};

const struct statement_group sqlite_identity_statements = {sql, STATEMENTS};

void file_identity_note(struct file_identity *identity, const struct file *file)
{
    identity->device = file->device;
    identity->inode = file->inode;
    memcpy(identity->name, file->engine.name, sizeof(identity->name));
}

/* What the file says now, from one statement: it is asked after every commit of others. `wanted`:
 * the name to compare with. */
static int identity_read(
    struct file *file, const char *wanted, bool *is_named, int64_t *notification, int64_t *message)
{
    sqlite3_stmt *statement = file_prepared(file, GROUP_IDENTITY, IDENTITY);
    int step = sqlite3_step(statement);
    const char *name = step == SQLITE_ROW ? database_text(statement, 0) : NULL;

    *is_named = name && strcmp(name, wanted) == 0;
    *notification = step == SQLITE_ROW ? sqlite3_column_int64(statement, 1) : 0;
    *message = step == SQLITE_ROW ? sqlite3_column_int64(statement, 2) : 0;
    file->last_notification = *notification;
    return file_done(file, statement, step);
}

int file_identity_last_ids(struct file *file, int64_t *notification, int64_t *message)
{
    bool is_named;

    return identity_read(file, file->engine.name, &is_named, notification, message);
}

int file_identity_matches(const struct file_identity *identity, struct file *file,
    int64_t last_notification, int64_t last_message)
{
    int64_t notification, message;
    bool is_named;

    if (identity->inode != file->inode || identity->device != file->device)
        return 0;
    if (identity_read(file, identity->name, &is_named, &notification, &message) < 0)
        return -1;
    return is_named && notification >= last_notification && notification <= SCHEMA_ID_LAST &&
           message >= last_message && message <= SCHEMA_ID_LAST;
}

enum file_fate {
    FILE_HERE,
    FILE_GONE,     /* nothing is at its path */
    FILE_REPLACED, /* another file is at its path */
    /* The -wal or -shm beside it is not the open one: it was deleted, or made again. */
    FILE_LOST_WAL,
    FILE_LOST_SHM
};

static enum file_fate fate_of(const struct file *file)
{
    struct stat status;

    if (stat(file->path, &status) < 0)
        return FILE_GONE;
    if (status.st_ino != file->inode || status.st_dev != file->device)
        return FILE_REPLACED;
    if (file->wal_inode != 0 && database_beside(file->db, "-wal") != file->wal_inode)
        return FILE_LOST_WAL;
    return file_has_lost_shm(file) ? FILE_LOST_SHM : FILE_HERE;
}

int file_identity_check(struct file *file)
{
    static const char *const words[] = {
        [FILE_GONE] = "was moved or deleted",
        [FILE_REPLACED] = "was replaced",
        [FILE_LOST_WAL] = "has lost its -wal file",
        [FILE_LOST_SHM] = "has lost its -shm file, and is opened again; restart the programs "
                          "that had it open before, so that they open it again, too",
    };
    enum file_fate fate = fate_of(file);

    if (fate == FILE_HERE)
        return 0;
    /* Saves what only the deleted -wal holds, unless somebody has begun another. After a lost -shm
     * nothing needs saving: the -wal has everything. */
    if (fate == FILE_LOST_WAL && database_beside(file->db, "-wal") == 0)
        file_rescue(file);
    reason_set(&file->engine.why, "%s %s", file->path, words[fate]);
    return file_fail(file, SQLITE_CANTOPEN);
}

/* SQLite keeps a -wal beside each name, and two of them damage the file: that goes before all else.
 */
void file_identity_advise(const struct file *file, struct reason *advice)
{
    struct stat status;

    *advice = file->no_publishing;
    if (stat(file->path, &status) == 0 && status.st_nlink > 1)
        reason_set(advice,
            "%s has %lu names (hard links): a program that opens it by another one damages it; use "
            "this name alone, or a symbolic link",
            file->path, (unsigned long)status.st_nlink);
}
