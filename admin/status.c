#include "admin/status.h"

#include <stdlib.h>
#include <string.h>

#include "admin/ask_auth.h"
#include "admin/running.h"
#include "admin/table.h"
#include "admin/wire.h"
#include "common/database.h"
#include "common/layout.h"
#include "common/memory.h"
#include "common/schema.h"

/* A line of the answer, read from the queue: one number or text. */
static const struct {
    struct column column;
    const char *sql;
} facts[] = {
    {{"pending", "pending", COLUMN_NUMBER, 0},
        "SELECT count(*) FROM notifications WHERE status = 'pending'"},
    {{"oldestPending", "oldest pending", COLUMN_TEXT, 0},
        "SELECT min(created_at) FROM notifications WHERE status = 'pending'"},
    {{"stuck", "stuck", COLUMN_NUMBER, 0}, "SELECT count(*) FROM queue_stuck"},
    {{"undelivered", "undelivered", COLUMN_NUMBER, 0}, "SELECT count(*) FROM undelivered"},
    {{"failed", "failed", COLUMN_NUMBER, 0},
        "SELECT count(*) FROM notifications WHERE status = 'failed'"},
    {{"usersOnline", "users online", COLUMN_NUMBER, 0}, "SELECT count(*) FROM online_users"},
    {{"connections", "connections", COLUMN_NUMBER, 0},
        "SELECT coalesce(sum(connections), 0) FROM online_users"},
    {{"gatewaySince", "gateway since", COLUMN_TEXT, 0},
        "SELECT max(started_at) FROM gateways WHERE " RUNNING_ALIVE},
    {{"gatewayLastSeen", "gateway seen", COLUMN_TEXT, 0}, "SELECT max(alive_at) FROM gateways"},
};

#define FACTS (sizeof facts / sizeof *facts)

enum { DATABASE, QUEUE, READY, ANSWER, AUTH, AUTH_ANSWER, OWN_COLUMNS };

static const struct column own_columns[OWN_COLUMNS] = {
    [DATABASE] = {"database", "database", COLUMN_TEXT, 0},
    [QUEUE] = {"queue", NULL, COLUMN_TEXT, 0},
    [READY] = {"ready", "gateway ready", COLUMN_JSON, 0},
    [ANSWER] = {"answer", "it says", COLUMN_TEXT, 0},
    [AUTH] = {"auth", "belfry-auth ready", COLUMN_JSON, 0},
    [AUTH_ANSWER] = {"authAnswer", "it says", COLUMN_TEXT, 0},
};

static int add_fact(struct table *table, sqlite3 *db, const char *sql, struct reason *why)
{
    sqlite3_stmt *statement;

    if (database_prepare(db, &sql, &statement, 1, why) < 0)
        return -1;
    int result = sqlite3_step(statement) == SQLITE_ROW ? 0 : database_reason(db, why, NULL);
    if (result == 0)
        table_add(table, database_text(statement, 0));
    database_finalize(&statement, 1);
    return result;
}

/* Whether the port is chosen anew at each start, so that nobody here knows it. */
static bool has_any_port(const char *address)
{
    const char *colon = strrchr(address, ':');

    return strncmp(address, "unix:", 5) != 0 && colon && strcmp(colon, ":0") == 0;
}

static int ask_readyz(const char *address, struct buf *answer)
{
    struct wire_target target;
    struct reason why;
    int status = -1;

    if (wire_target_from_address(&target, address, "/readyz", &why) == 0) {
        status = wire_get(&target, answer, &why);
        wire_target_release(&target);
    }
    if (status < 0)
        buf_add_text(answer, why.text);
    while (answer->len > 0 && strchr("\r\n ", answer->data[answer->len - 1]))
        answer->data[--answer->len] = '\0';
    return status;
}

/* Asks the gateway itself. Returns whether it is ready; `answer` gets what it said. */
static bool ask_gateway(const struct admin *admin, sqlite3 *db, struct buf *answer)
{
    const struct config_list *addresses = &admin->config.gateway.ops_listen;

    if (addresses->count > 0 && !has_any_port(addresses->items[0]))
        return ask_readyz(addresses->items[0], answer) == 200;
    buf_add_text(answer, addresses->count == 0 ? "not asked: ops_listen is not configured"
                                               : "not asked: ops_listen has no port of its own");
    /* It cannot be asked. */
    return running_is_alive(db);
}

/* Adds what both programs say. Returns false if one of them is down. */
static bool ask_programs(const struct admin *admin, sqlite3 *db, struct table *table)
{
    static const char *const words[] = {
        [ASK_AUTH_READY] = "true", [ASK_AUTH_DOWN] = "false", [ASK_AUTH_UNKNOWN] = "null"};
    struct buf answer;

    buf_init(&answer, 4096);
    bool ready = ask_gateway(admin, db, &answer);
    table_add(table, ready ? "true" : "false");
    table_add(table, answer.data);
    buf_release(&answer);
    buf_init(&answer, 4096);
    enum ask_auth auth = ask_auth(&admin->config, &answer);
    table_add(table, words[auth]);
    table_add(table, answer.data);
    buf_release(&answer);
    return ready && auth != ASK_AUTH_DOWN;
}

static int fill_table(
    const struct admin *admin, sqlite3 *db, struct table *table, bool *up, struct reason *why)
{
    char *queue = schema_meta(db, "queue");

    table_add(table, admin->config.database);
    table_add(table, queue);
    *up = ask_programs(admin, db, table);
    free(queue);
    for (size_t i = 0; i < FACTS; i++)
        if (add_fact(table, db, facts[i].sql, why) < 0)
            return -1;
    return 0;
}

static void say_advice(void *context, const char *sentence)
{
    admin_say(context, "to be changed: %s", sentence);
}

int status_run(struct admin *admin, const struct arguments *arguments)
{
    struct column columns[OWN_COLUMNS + FACTS];
    struct reason why;
    sqlite3 *db;

    (void)arguments;
    if (admin_look_into_queue(admin, &db) < 0)
        return ADMIN_REFUSED;
    memcpy(columns, own_columns, sizeof own_columns);
    for (size_t i = 0; i < FACTS; i++)
        columns[OWN_COLUMNS + i] = facts[i].column;
    struct table *table = table_new(columns, OWN_COLUMNS + FACTS);
    int status = ADMIN_DONE;
    bool up;
    if (fill_table(admin, db, table, &up, &why) < 0) {
        status = admin_refuse(admin, "%s", why.text);
    } else {
        (admin->json ? table_print_json : table_print_records)(table, admin->out);
        status = up ? ADMIN_DONE : ADMIN_REFUSED;
    }
    layout_advise(&admin->config, say_advice, admin);
    table_free(table);
    database_close(&db);
    return status;
}
