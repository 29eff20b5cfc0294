#include "admin/status.h"

#include <stdlib.h>
#include <string.h>

#include "admin/table.h"
#include "admin/wire.h"
#include "common/database.h"
#include "common/memory.h"
#include "common/schema.h"

#define ALIVE "alive_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-15 seconds')"

/* A line of the answer: one number, or text, from the file. */
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
        "SELECT max(started_at) FROM gateways WHERE " ALIVE},
    {{"gatewayLastSeen", "gateway seen", COLUMN_TEXT, 0}, "SELECT max(alive_at) FROM gateways"},
};

#define FACTS (sizeof facts / sizeof *facts)

enum { DATABASE, QUEUE, READY, ANSWER, OWN_COLUMNS };

static const struct column own_columns[OWN_COLUMNS] = {
    [DATABASE] = {"database", "database", COLUMN_TEXT, 0},
    [QUEUE] = {"queue", NULL, COLUMN_TEXT, 0},
    [READY] = {"ready", "gateway ready", COLUMN_JSON, 0},
    [ANSWER] = {"answer", "it says", COLUMN_TEXT, 0},
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

/* Asks the gateway itself. Returns whether it is ready; what it said is in `answer`. */
static bool ask_gateway(const struct admin *admin, struct buf *answer)
{
    const struct config_list *addresses = &admin->config.gateway.ops_listen;
    struct wire_target target;
    struct reason why;
    int status = -1;
    if (addresses->count == 0) {
        buf_add_text(answer, "ops_listen is not configured");
        return false;
    }
    if (wire_target_from_address(&target, addresses->items[0], "/readyz", &why) == 0) {
        status = wire_get(&target, answer, &why);
        wire_target_release(&target);
    }
    if (status < 0)
        buf_add_text(answer, why.text);
    while (answer->len > 0 && strchr("\r\n ", answer->data[answer->len - 1]))
        answer->data[--answer->len] = '\0';
    return status == 200;
}

static int fill(const struct admin *admin, sqlite3 *db, struct table *table, struct reason *why)
{
    struct buf answer;
    char *queue = schema_meta(db, "queue");
    buf_init(&answer, 4096);
    table_add(table, admin->config.database);
    table_add(table, queue);
    table_add(table, ask_gateway(admin, &answer) ? "true" : "false");
    table_add(table, answer.data);
    free(queue);
    buf_release(&answer);
    for (size_t i = 0; i < FACTS; i++)
        if (add_fact(table, db, facts[i].sql, why) < 0)
            return -1;
    return 0;
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
    if (fill(admin, db, table, &why) < 0)
        status = admin_refuse(admin, "%s", why.text);
    else
        (admin->json ? table_print_json : table_print_records)(table, admin->out);
    table_free(table);
    database_close(&db);
    return status;
}
