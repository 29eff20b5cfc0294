#include "admin/user.h"

#include <string.h>

#include "admin/listing.h"
#include "common/database.h"

static const struct column columns[] = {
    {"id", "ID", COLUMN_TEXT, 40},
    {"name", "NAME", COLUMN_TEXT, 30},
    {"email", "EMAIL", COLUMN_TEXT, 40},
    {"role", "ROLE", COLUMN_TEXT, 0},
    {"sessions", "SESSIONS", COLUMN_NUMBER, 0},
};

static const struct listing list = {
    .sql = "SELECT id, name, email, role, (SELECT count(*) FROM sessions WHERE userId = users.id "
           "AND expires > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) FROM users ORDER BY id",
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .none = "no users: `belfry user add ID --name NAME` adds one",
};

static int insert(sqlite3 *db, const struct arguments *arguments, struct reason *why)
{
    static const char *const sql = "INSERT INTO users (id, name, email, role) VALUES (?, ?, ?, ?)";
    sqlite3_stmt *statement;
    int result = 0;
    if (database_prepare(db, &sql, &statement, 1, why) < 0)
        return -1;
    database_bind(statement, 1, arguments->operands[0]);
    database_bind(statement, 2, arguments_value(arguments, "--name"));
    database_bind(statement, 3, arguments_value(arguments, "--email"));
    database_bind(statement, 4, arguments_value(arguments, "--role"));
    if (sqlite3_step(statement) != SQLITE_DONE)
        result = database_reason(db, why, NULL);
    database_finalize(&statement, 1);
    return result;
}

int user_add_run(struct admin *admin, const struct arguments *arguments)
{
    sqlite3 *db;
    struct reason why;
    int status = ADMIN_DONE;
    const char *id = arguments->operands[0];
    if (admin_open_sessions(admin, &db) < 0)
        return ADMIN_REFUSED;
    if (insert(db, arguments, &why) < 0) {
        int code = sqlite3_extended_errcode(db);
        if (code == SQLITE_CONSTRAINT_PRIMARYKEY)
            status = admin_refuse(admin, "there is a user %s already", id);
        else if (code == SQLITE_CONSTRAINT_UNIQUE)
            status = admin_refuse(admin, "another user has this e-mail address");
        else
            status = admin_refuse(admin, "%s", admin_complaint(&why));
    } else if (admin->json) {
        admin_print_json(admin, json_pack("{s:s}", "id", id));
    } else {
        admin_say(admin, "added; `belfry session create %s` makes a login", id);
    }
    database_close(&db);
    return status;
}

int user_list_run(struct admin *admin, const struct arguments *arguments)
{
    sqlite3 *db;
    (void)arguments;
    if (admin_open_sessions(admin, &db) < 0)
        return ADMIN_REFUSED;
    int rows = listing_print(admin, db, &list, NULL, 0);
    database_close(&db);
    return rows < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}
