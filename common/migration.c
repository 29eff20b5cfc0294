#include "common/migration.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/database.h"

/* How long to wait for another program that migrates the same file. */
#define BUSY_MS 60000

/* Removes what an attempt that failed or was killed left behind: the copy and its journal. */
static void drop_unfinished(const char *path)
{
    char *journal = NULL;

    unlink(path);
    if (asprintf(&journal, "%s-journal", path) < 0)
        abort();
    unlink(journal);
    free(journal);
}

/* Creates an empty file with the permissions of `like`, for SQLite to fill: a file that SQLite
 * creates by itself can be read by everybody. */
static int make_empty(const char *path, const char *like, struct reason *why)
{
    struct stat status;

    drop_unfinished(path);
    int fd = stat(like, &status) < 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (fd < 0)
        return reason_set(why, "%s: %s", path, strerror(errno));
    int result = 0;
    /* Only root may give it away; for anybody else it is their own already. */
    if (fchown(fd, status.st_uid, status.st_gid) < 0 && geteuid() == 0)
        result = reason_set(why, "%s: %s", path, strerror(errno));
    if (fchmod(fd, status.st_mode & 0777) < 0)
        result = reason_set(why, "%s: %s", path, strerror(errno));
    close(fd);
    return result;
}

/* Another connection still sees the database as it was before this transaction: in WAL mode. */
static int copy_committed(const char *path, const char *copy, struct reason *why)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int result = 0;

    if (database_open(path, DATABASE_OWN, BUSY_MS, &db, why) < 0)
        return -1;
    if (sqlite3_prepare_v2(db, "VACUUM INTO ?", -1, &statement, NULL) == SQLITE_OK)
        database_bind(statement, 1, copy);
    if (!statement || sqlite3_step(statement) != SQLITE_DONE)
        result = database_reason(db, why, copy);
    sqlite3_finalize(statement);
    database_close(&db);
    return result;
}

/* The copy gets its final name only when it is complete, so that half a copy is never mistaken for
 * one. Whoever copies holds the lock of the database. */
static int copy_before(const char *path, int64_t version, struct reason *why)
{
    char *copy = NULL, *unfinished = NULL;
    int result = -1;

    if (asprintf(&copy, "%s.before-v%lld", path, (long long)version) < 0 ||
        asprintf(&unfinished, "%s.unfinished", copy) < 0)
        abort();
    if (make_empty(unfinished, path, why) < 0 || copy_committed(path, unfinished, why) < 0)
        drop_unfinished(unfinished);
    else if (rename(unfinished, copy) < 0)
        reason_set(why, "%s: %s", copy, strerror(errno));
    else
        result = 0;
    free(unfinished);
    free(copy);
    if (result < 0)
        reason_prefix(why, "copying the database before its schema changes: ");
    return result;
}

static int run_step(sqlite3 *db, const struct migration *migration,
    const struct migration_step *step, struct reason *why)
{
    if (database_exec(db, step->sql, why) < 0 || migration->set_version(db, step->version, why) < 0)
        return reason_prefix(why, "moving the schema to version %lld: ", (long long)step->version);
    return 0;
}

/* Returns 1, 0 if another program has done it meanwhile, or -1. */
static int run_steps(
    sqlite3 *db, const char *path, const struct migration *migration, struct reason *why)
{
    int64_t newest = migration->steps[migration->count - 1].version, current;

    if (migration->get_version(db, &current, why) < 0)
        return -1;
    if (current >= newest)
        return 0;
    for (size_t i = 0; i < migration->count; i++)
        if (migration->steps[i].version > current &&
            run_step(db, migration, &migration->steps[i], why) < 0)
            return -1;
    if (migration->finish && migration->finish(db, path, why) < 0)
        return reason_prefix(why, "moving the schema to version %lld: ", (long long)newest);
    return copy_before(path, newest, why) < 0 ? -1 : 1;
}

static int run_transaction(
    sqlite3 *db, const char *path, const struct migration *migration, struct reason *why)
{
    if (database_exec(db, "BEGIN IMMEDIATE", why) < 0)
        return -1;
    int result = run_steps(db, path, migration, why);
    if (result >= 0 && database_exec(db, "COMMIT", why) < 0)
        result = -1;
    if (result < 0 && !sqlite3_get_autocommit(db))
        database_exec(db, "ROLLBACK", NULL);
    return result;
}

int migration_run(
    sqlite3 *db, const char *path, const struct migration *migration, struct reason *why)
{
    int64_t current, busy_ms;
    int was_defensive = 0;

    if (migration->get_version(db, &current, why) < 0 ||
        database_integer(db, "PRAGMA busy_timeout", 0, &busy_ms, why) < 0)
        return -1;
    if (migration->count == 0 || current >= migration->steps[migration->count - 1].version)
        return 0;
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &was_defensive);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    sqlite3_busy_timeout(db, BUSY_MS);
    int result = run_transaction(db, path, migration, why);
    /* A step that failed may have left it on, and then what it wrote is still in the cache. */
    database_exec(db, "PRAGMA writable_schema = RESET", NULL);
    sqlite3_busy_timeout(db, (int)busy_ms);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, was_defensive, NULL);
    return result;
}
