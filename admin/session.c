#include "admin/session.h"

#include <string.h>

#include "admin/listing.h"
#include "admin/queue.h"
#include "common/memory.h"
#include "common/moment.h"
#include "common/random.h"

#define DEFAULT_TTL "30d"

static const struct column columns[] = {
    {"id", "ID", COLUMN_ID, 0},
    {"user", "USER", COLUMN_TEXT, 40},
    {"expires", "EXPIRES", COLUMN_TIME, 0},
    {"state", "STATE", COLUMN_STATE, 0},
};

static const struct listing list = {
    .sql = {.sqlite = "SELECT rowid, userId, expires, CASE "
                      "WHEN expires <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now') THEN 'expired' "
                      "WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = userId) THEN 'no such user' "
                      "ELSE 'good' END FROM sessions WHERE CAST($1 AS TEXT) IS NULL OR userId = $1 "
                      "ORDER BY rowid",
        .postgres = "SELECT s.id, \"userId\", expires, CASE WHEN expires <= now() THEN 'expired' "
                    "WHEN NOT EXISTS (SELECT 1 FROM users AS u WHERE u.id = \"userId\") "
                    "THEN 'no such user' ELSE 'good' END FROM sessions AS s "
                    "WHERE CAST($1 AS TEXT) IS NULL OR \"userId\" = $1 ORDER BY s.id"},
    .columns = columns,
    .column_count = sizeof columns / sizeof *columns,
    .none = "no sessions",
};

static void print_created(struct admin *admin, const char *token, const char *expires)
{
    if (admin->json) {
        admin_print_json(admin, json_pack("{s:s, s:s}", "sessionToken", token, "expires", expires));
        return;
    }
    fprintf(admin->out, "%s\n", token);
    admin_say(admin,
        "valid until %s, as the cookie authjs.session-token (on https:// "
        "__Secure-authjs.session-token)",
        expires);
}

static int session_create_run(struct admin *admin, const struct arguments *arguments)
{
    static const struct sql_text text = {.sqlite =
                                             "INSERT INTO sessions (sessionToken, userId, expires) "
                                             "SELECT $1, id, $3 FROM users WHERE id = $2",
        .postgres = "INSERT INTO sessions (\"sessionToken\", \"userId\", expires) "
                    "SELECT $1, id, $3::timestamptz FROM users WHERE id = $2"};
    const char *user = arguments->operands[0];
    const char *ttl = arguments_value(arguments, "--ttl");
    char token[RANDOM_KEY_SIZE], expires[CLOCK_ISO_SIZE];
    struct reason why;
    int64_t seconds;
    struct sql *sessions;

    if (duration_read(ttl ? ttl : DEFAULT_TTL, &seconds, &why) < 0)
        return admin_misuse(admin, "--ttl: %s", why.text);
    if (admin_open_sessions(admin, &sessions) < 0)
        return ADMIN_REFUSED;
    clock_iso(clock_wall_ms(admin->clock) + seconds * 1000, expires);
    int64_t made = sql_change(
        sessions, &text, (const char *const[]){random_key(token), user, expires}, 3, &why);
    sql_close(&sessions);
    if (made > 0)
        print_created(admin, token, expires);
    mem_wipe(token, sizeof token);
    if (made < 0)
        return admin_refuse(admin, "%s", why.text);
    if (made == 0)
        return admin_refuse(
            admin, "there is no user %s: `belfry user add %s --name NAME` makes one", user, user);
    return ADMIN_DONE;
}

static int session_list_run(struct admin *admin, const struct arguments *arguments)
{
    const char *user = arguments_value(arguments, "--user");
    struct sql *sessions;

    if (admin_look_into_sessions(admin, &sessions) < 0)
        return ADMIN_REFUSED;
    int64_t rows = listing_print(admin, sessions, &list, &user, 1);
    sql_close(&sessions);
    return rows < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

static int session_revoke_run(struct admin *admin, const struct arguments *arguments)
{
    static const struct sql_text by_id = {.sqlite =
                                              "DELETE FROM sessions WHERE CAST(rowid AS TEXT) = $1",
                                     .postgres =
                                         "DELETE FROM sessions WHERE CAST(id AS text) = $1"},
                                 by_user = SQL_BOTH("DELETE FROM sessions WHERE \"userId\" = $1");
    const char *user = arguments_value(arguments, "--user");
    const char *id = arguments->operands[0];
    struct reason why;
    struct sql *sessions;

    if (!id == !user)
        return admin_misuse(admin, "give the ID of one, as `belfry session list` shows it, or "
                                   "--user to end all of a user's");
    if (id && !queue_is_number(id))
        return admin_misuse(
            admin, "the ID of a session is a number, as `belfry session list` shows");
    if (admin_open_sessions(admin, &sessions) < 0)
        return ADMIN_REFUSED;
    int ended = (int)sql_change(
        sessions, id ? &by_id : &by_user, (const char *const[]){id ? id : user}, 1, &why);
    sql_close(&sessions);
    if (ended < 0)
        return admin_refuse(admin, "%s", why.text);
    if (admin->json)
        admin_print_json(admin, json_pack("{s:i}", "ended", ended));
    else if (ended > 0)
        admin_say(admin, "%d ended", ended);
    return ended > 0 ? ADMIN_DONE : admin_refuse(admin, "there is no such session");
}

static const struct command_option session_create_options[] = {
    {"--ttl", "TIME", "how long it is valid, like 15m, 12h or 7d; default 30d"},
    {NULL, NULL, NULL},
};

const struct command session_create_command = {
    .name = "session create",
    .operands = "USER",
    .operands_min = 1,
    .operands_max = 1,
    .summary = "Create a login, and print the value of its cookie",
    .options = session_create_options,
    .more = "The value is never shown again. The cookie's name is authjs.session-token, or on "
            "https://\n"
            "__Secure-authjs.session-token.\n\n"
            "    curl -b \"authjs.session-token=$(belfry session create alice)\" \\\n"
            "        http://localhost/api/websocket/auth",
    .run = session_create_run,
};

static const struct command_option session_list_options[] = {
    {"--user", "USER", "only of this user"},
    {NULL, NULL, NULL},
};

const struct command session_list_command = {
    .name = "session list",
    .summary = "List logins, without the values of their cookies",
    .options = session_list_options,
    .paged = true,
    .run = session_list_run,
};

static const struct command_option session_revoke_options[] = {
    {"--user", "USER", "all logins of this user"},
    {NULL, NULL, NULL},
};

const struct command session_revoke_command = {
    .name = "session revoke",
    .operands = "ID",
    .operands_max = 1,
    .summary = "End a login, or all logins of a user",
    .options = session_revoke_options,
    .more = "Connections made with it are closed within seconds.",
    .run = session_revoke_run,
};
