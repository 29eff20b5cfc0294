#include "admin/user.h"

#include <string.h>

#include "admin/listing.h"
#include "auth-fcgi/session.h"
#include "common/token.h"

enum { NAME, EMAIL, ROLE, FIELDS };

static const char *const options[FIELDS] = {
    [NAME] = "--name", [EMAIL] = "--email", [ROLE] = "--role"};

static const struct column columns[] = {
    {"id", "ID", COLUMN_TEXT, 40},
    {"name", "NAME", COLUMN_TEXT, 30},
    {"email", "EMAIL", COLUMN_TEXT, 40},
    {"role", "ROLE", COLUMN_TEXT, 0},
    {"sessions", "SESSIONS", COLUMN_NUMBER, 0},
};

static const struct listing list = {
    .sql = {.sqlite = "SELECT id, name, email, role, (SELECT count(*) FROM sessions "
                      "WHERE userId = users.id AND expires > "
                      "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) FROM users ORDER BY id",
        .postgres = "SELECT id, name, email, role, (SELECT count(*) FROM sessions "
                    "WHERE \"userId\" = users.id AND expires > now()) FROM users ORDER BY id"},
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .none = "no users: `belfry user add ID --name NAME` adds one",
};

/* Refuses values that a token would leave out, or with which no token could be made. */
static int user_check(
    const struct admin *admin, const char *id, const char *const values[FIELDS], struct reason *why)
{
    const struct session_fields fields = {id, values[EMAIL], values[NAME], values[ROLE]};
    struct session session;

    session_init(&session);
    int result = session_fill(&session, &fields, why);
    const char *const taken[FIELDS] = {
        [NAME] = session.name, [EMAIL] = session.email, [ROLE] = session.role};
    for (size_t i = 0; i < FIELDS && result == 0; i++)
        if (values[i] && *values[i] && !taken[i])
            result = reason_set(
                why, "%s is too long for a token, or holds control characters", options[i]);
    if (result == 0 && strcmp(admin->config.auth.subject, "email") == 0 && values[EMAIL] &&
        strlen(values[EMAIL]) > TOKEN_SUBJECT_MAX)
        result = reason_set(why,
            "--email is longer than %d octets, and is what tokens name users by (subject = email)",
            TOKEN_SUBJECT_MAX);
    session_release(&session);
    return result;
}

static void take_values(const struct arguments *arguments, const char *values[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++)
        values[i] = arguments_value(arguments, options[i]);
}

/* Says why an INSERT or UPDATE failed. */
static int user_refuse(
    struct admin *admin, struct sql *db, const char *id, const struct reason *why)
{
    int code = sql_sqlite(db) ? sqlite3_extended_errcode(sql_sqlite(db)) : SQLITE_OK;

    if (code == SQLITE_CONSTRAINT_PRIMARYKEY)
        return admin_refuse(admin, "there is a user %s already", id);
    if (code == SQLITE_CONSTRAINT_UNIQUE)
        return admin_refuse(admin, "another user has this e-mail address");
    return admin_refuse(admin, "%s", why->text);
}

static int user_add(
    struct admin *admin, struct sql *db, const char *id, const char *const values[FIELDS])
{
    static const struct sql_text insert =
        SQL_BOTH("INSERT INTO users (id, name, email, role) "
                 "VALUES ($1, nullif($2, ''), nullif($3, ''), nullif($4, ''))");
    const char *const row[] = {id, values[NAME], values[EMAIL], values[ROLE]};
    struct reason why;

    if (sql_change(db, &insert, row, 4, &why) < 0)
        return user_refuse(admin, db, id, &why);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s}", "id", id));
    else
        admin_say(admin, "added; `belfry session create %s` makes a login", id);
    return ADMIN_DONE;
}

static int user_add_run(struct admin *admin, const struct arguments *arguments)
{
    const char *values[FIELDS];
    const char *id = arguments->operands[0];
    struct reason why;
    struct sql *db;

    take_values(arguments, values);
    if (user_check(admin, id, values, &why) < 0)
        return admin_misuse(admin, "no token could be made for this user: %s", why.text);
    if (strcmp(admin->config.auth.subject, "email") == 0 && (!values[EMAIL] || !*values[EMAIL]))
        return admin_misuse(admin, "no token could be made for this user: they name users by their "
                                   "e-mail address (subject = email), so give --email");
    if (admin_open_sessions(admin, &db) < 0)
        return ADMIN_REFUSED;
    int status = user_add(admin, db, id, values);
    sql_close(&db);
    return status;
}

/* A value that is not given stays; an empty one is removed. */
static int user_edit(
    struct admin *admin, struct sql *db, const char *id, const char *const values[FIELDS])
{
    static const struct sql_text update =
        SQL_BOTH("UPDATE users SET "
                 "name = CASE WHEN CAST($2 AS TEXT) IS NULL THEN name ELSE nullif($2, '') END, "
                 "email = CASE WHEN CAST($3 AS TEXT) IS NULL THEN email ELSE nullif($3, '') END, "
                 "role = CASE WHEN CAST($4 AS TEXT) IS NULL THEN role ELSE nullif($4, '') END "
                 "WHERE id = $1");
    const char *const row[] = {id, values[NAME], values[EMAIL], values[ROLE]};
    struct reason why;
    int64_t changed = sql_change(db, &update, row, 4, &why);

    if (changed < 0)
        return user_refuse(admin, db, id, &why);
    if (changed == 0)
        return admin_refuse(admin, "there is no user %s", id);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s}", "id", id));
    else
        admin_say(admin, "changed; tokens issued before keep the old values until they expire "
                         "or are revoked");
    return ADMIN_DONE;
}

static int user_edit_run(struct admin *admin, const struct arguments *arguments)
{
    const char *values[FIELDS];
    const char *id = arguments->operands[0];
    struct reason why;
    struct sql *db;

    take_values(arguments, values);
    if (!values[NAME] && !values[EMAIL] && !values[ROLE])
        return admin_misuse(
            admin, "say what to change: --name, --email or --role; '' removes a value");
    if (user_check(admin, id, values, &why) < 0)
        return admin_misuse(admin, "%s", why.text);
    if (admin_open_sessions(admin, &db) < 0)
        return ADMIN_REFUSED;
    int status = user_edit(admin, db, id, values);
    sql_close(&db);
    return status;
}

/* The logins are deleted first: to anybody who looks in between, it is a logout. */
static int remove_user(struct admin *admin, struct sql *db, const char *id)
{
    static const struct sql_text of_sessions =
        SQL_BOTH("DELETE FROM sessions WHERE \"userId\" = $1");
    static const struct sql_text of_users = SQL_BOTH("DELETE FROM users WHERE id = $1");
    struct reason why;
    int users = -1;
    int sessions = sql_begin(db, &why) < 0 ? -1 : (int)sql_change(db, &of_sessions, &id, 1, &why);

    if (sessions >= 0)
        users = (int)sql_change(db, &of_users, &id, 1, &why);
    if (users < 0 || sql_commit(db, &why) < 0)
        return admin_refuse(admin, "%s", why.text);
    if (users == 0 && sessions == 0)
        return admin_refuse(admin, "there is no user %s", id);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:i}", "id", id, "sessions", sessions));
    else
        admin_say(admin,
            "removed, with %d login%s; their connections are closed within seconds. Their "
            "notifications stay in the queue",
            sessions, sessions == 1 ? "" : "s");
    return ADMIN_DONE;
}

static int user_remove_run(struct admin *admin, const struct arguments *arguments)
{
    struct sql *db;

    if (admin_open_sessions(admin, &db) < 0)
        return ADMIN_REFUSED;
    int status = remove_user(admin, db, arguments->operands[0]);
    sql_close(&db);
    return status;
}

static int user_list_run(struct admin *admin, const struct arguments *arguments)
{
    struct sql *db;

    (void)arguments;
    if (admin_look_into_sessions(admin, &db) < 0)
        return ADMIN_REFUSED;
    int64_t rows = listing_print(admin, db, &list, NULL, 0);
    sql_close(&db);
    return rows < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

static const struct command_option user_add_options[] = {
    {"--name", "NAME", "the name that others see"},
    {"--email", "ADDRESS", "their e-mail address"},
    {"--role", "ROLE", "goes into their tokens, and lets them join the topic role:ROLE"},
    {NULL, NULL, NULL},
};

const struct command user_add_command = {
    .name = "user add",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Add a user",
    .options = user_add_options,
    .more =
        "ID is what goes into user_id of notifications.\n\n    belfry user add alice --name 'Alice "
        "Adams'",
    .run = user_add_run,
};

static const struct command_option user_edit_options[] = {
    {"--name", "NAME", "the name that others see"},
    {"--email", "ADDRESS", "their e-mail address"},
    {"--role", "ROLE", "for tokens issued from now on"},
    {NULL, NULL, NULL},
};

const struct command user_edit_command = {
    .name = "user edit",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Change a user's name, e-mail address or role",
    .options = user_edit_options,
    .more = "'' removes a value. Tokens issued before keep the old ones.\n\n"
            "    belfry user edit alice --role editor",
    .run = user_edit_run,
};

static const struct command_option user_remove_options[] = {
    {"--yes", NULL, "accepted, but one user is removed without asking anyway"},
    {NULL, NULL, NULL},
};

const struct command user_remove_command = {
    .name = "user remove",
    .operands = "ID",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Remove a user and their logins",
    .options = user_remove_options,
    .more = "Their connections are closed within seconds.",
    .run = user_remove_run,
};

const struct command user_list_command = {
    .name = "user list",
    .summary = "List users",
    .paged = true,
    .run = user_list_run,
};
