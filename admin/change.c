#include "admin/change.h"

#include <string.h>

#include "common/database.h"
#include "common/text.h"

static int check_parameters(const char *const *parameters, size_t count, struct reason *why)
{
    for (size_t i = 0; i < count; i++)
        if (parameters[i] && !text_is_utf8(parameters[i], strlen(parameters[i])))
            return reason_set(why, "%s is not UTF-8", parameters[i]);
    return 0;
}

int change_run(
    sqlite3 *db, const char *sql, const char *const *parameters, size_t count, struct reason *why)
{
    sqlite3_stmt *statement;
    int step;

    if (check_parameters(parameters, count, why) < 0 ||
        database_prepare(db, &sql, &statement, 1, why) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        database_bind(statement, (int)i + 1, parameters[i]);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW)
        continue;
    int result = step == SQLITE_DONE ? sqlite3_changes(db) : database_reason(db, why, NULL);
    database_finalize(&statement, 1);
    return result;
}

int change_begin(sqlite3 *db, struct reason *why)
{
    return database_exec(db, "BEGIN IMMEDIATE", why);
}

int change_commit(sqlite3 *db, struct reason *why)
{
    return database_exec(db, "COMMIT", why);
}
