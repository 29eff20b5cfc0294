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

/* Creates an empty file with the permissions of `like`, for SQLite to fill: a file that SQLite
 * creates by itself can be read by everybody. */
static int make_empty(const char *path, const char *like, struct reason *why)
{
    struct stat status;

    unlink(path);
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

static int vacuum_into(sqlite3 *db, const char *path, struct reason *why)
{
    sqlite3_stmt *statement = NULL;
    int result = 0;

    if (sqlite3_prepare_v2(db, "VACUUM INTO ?", -1, &statement, NULL) == SQLITE_OK)
        database_bind(statement, 1, path);
    if (!statement || sqlite3_step(statement) != SQLITE_DONE)
        result = database_reason(db, why, path);
    sqlite3_finalize(statement);
    return result;
}

/* The copy gets its final name only when it is complete, so that half a copy is never mistaken for
 * one. */
static int copy_before(sqlite3 *db, const char *path, int64_t version, struct reason *why)
{
    char *copy = NULL, *unfinished = NULL;
    int result = -1;

    if (asprintf(&copy, "%s.before-v%lld", path, (long long)version) < 0 ||
        asprintf(&unfinished, "%s.unfinished", copy) < 0)
        abort();
    if (make_empty(unfinished, path, why) < 0 || vacuum_into(db, unfinished, why) < 0)
        unlink(unfinished);
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

/* Checks inside the transaction whether the step is still to be made: another program may have made
 * it meanwhile. */
static int run_step(sqlite3 *db, const struct migration_version *version,
    const struct migration_step *step, struct reason *why)
{
    int64_t current;

    if (database_exec(db, "BEGIN IMMEDIATE", why) < 0)
        return -1;
    int result = version->get(db, &current, why);
    if (result == 0 && current < step->version) {
        result = database_exec(db, step->sql, why);
        if (result == 0 && step->finish)
            result = step->finish(db, why);
        if (result == 0)
            result = version->set(db, step->version, why);
    }
    if (result == 0)
        result = database_exec(db, "COMMIT", why);
    if (result < 0 && !sqlite3_get_autocommit(db))
        database_exec(db, "ROLLBACK", NULL);
    if (result < 0)
        reason_prefix(why, "moving the schema to version %lld: ", (long long)step->version);
    return result;
}

int migration_run(sqlite3 *db, const char *path, const struct migration_version *version,
    const struct migration_step *steps, size_t count, struct reason *why)
{
    int64_t current;

    if (version->get(db, &current, why) < 0)
        return -1;
    if (count == 0 || current >= steps[count - 1].version)
        return 0;
    if (copy_before(db, path, steps[count - 1].version, why) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (steps[i].version > current && run_step(db, version, &steps[i], why) < 0)
            return -1;
    return 1;
}
