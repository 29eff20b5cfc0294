#include "admin/database_copy.h"

#include <string.h>

#include "common/database.h"

#define STEP_PAGES 1024
#define PAUSE_MS 20

static void show_progress(const struct admin *admin, sqlite3_backup *copy)
{
    int all = sqlite3_backup_pagecount(copy), left = sqlite3_backup_remaining(copy);

    if (admin->watched && all > 16 * STEP_PAGES)
        fprintf(admin->err, "\r%d %%%s", (int)(100 * (int64_t)(all - left) / all),
            left == 0 ? "\r    \r" : "");
}

static bool is_busy(int code)
{
    return code == SQLITE_BUSY || code == SQLITE_LOCKED;
}

static int copy_pages(const struct admin *admin, sqlite3_backup *copy, int64_t busy_ms)
{
    int64_t waited = 0;
    int code;

    while ((code = sqlite3_backup_step(copy, STEP_PAGES)) == SQLITE_OK ||
           (is_busy(code) && waited < busy_ms)) {
        if (code == SQLITE_OK)
            show_progress(admin, copy);
        else
            waited += sqlite3_sleep(PAUSE_MS);
    }
    show_progress(admin, copy);
    return code;
}

/* The snapshot of a transaction that is open stays as it is. */
static int hold_snapshot(sqlite3 *db, struct reason *why)
{
    int64_t count;

    if (database_exec(db, "BEGIN", why) < 0)
        return -1;
    return database_integer(db, "SELECT count(*) FROM sqlite_schema", 0, &count, why);
}

int database_copy(
    const struct admin *admin, sqlite3 *from, sqlite3 *to, int64_t busy_ms, struct reason *why)
{
    int result = hold_snapshot(from, why);
    sqlite3_backup *copy = result == 0 ? sqlite3_backup_init(to, "main", from, "main") : NULL;
    int code = copy ? copy_pages(admin, copy, busy_ms) : SQLITE_ERROR;

    if (copy)
        sqlite3_backup_finish(copy);
    if (result == 0 && is_busy(code))
        result = reason_set(why, "others hold a lock on it: try again");
    else if (result == 0 && code != SQLITE_DONE)
        result = database_reason(to, why, "copying");
    if (!sqlite3_get_autocommit(from))
        sqlite3_exec(from, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

int database_copy_check(sqlite3 *db, bool thorough, struct reason *why)
{
    const char *sql = thorough ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)";
    sqlite3_stmt *statement = NULL;
    int result = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        database_reason(db, why, "checking it");
    else if (strcmp(database_text(statement, 0), "ok") != 0)
        reason_set(why, "it is damaged: %s", database_text(statement, 0));
    else
        result = 0;
    sqlite3_finalize(statement);
    return result;
}
