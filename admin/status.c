#include "admin/status.h"

#include <stdlib.h>
#include <string.h>

#include "build-config.h"

#include "admin/ask_auth.h"
#include "admin/ask_ops.h"
#include "admin/running.h"
#include "admin/table.h"
#include "common/database_url.h"
#include "common/layout.h"
#ifdef WITH_POSTGRESQL
#include "common/postgres_examine.h"
#include "common/sql_postgres.h"
#endif

/* A line of the answer, read from the queue: one number or text. */
static const struct {
    struct column column;
    struct sql_text sql;
} facts[] = {
    {{"pending", "pending", COLUMN_NUMBER, 0},
        SQL_BOTH("SELECT count(*) FROM notifications WHERE status = 'pending'")},
    {{"oldestPending", "oldest pending", COLUMN_TIME, 0},
        SQL_BOTH("SELECT min(created_at) FROM notifications WHERE status = 'pending'")},
    {{"stuck", "stuck", COLUMN_NUMBER, 0}, SQL_BOTH("SELECT count(*) FROM queue_stuck")},
    {{"undelivered", "undelivered", COLUMN_NUMBER, 0},
        SQL_BOTH("SELECT count(*) FROM undelivered")},
    {{"failed", "failed", COLUMN_NUMBER, 0},
        SQL_BOTH("SELECT count(*) FROM notifications WHERE status = 'failed'")},
    {{"usersOnline", "users online", COLUMN_NUMBER, 0},
        SQL_BOTH("SELECT count(*) FROM online_users")},
    {{"connections", "connections", COLUMN_NUMBER, 0},
        SQL_BOTH("SELECT coalesce(sum(connections), 0) FROM online_users")},
    {{"gateways", "gateways", COLUMN_NUMBER, 0},
        {"SELECT count(*) FROM gateways WHERE " RUNNING_ALIVE,
            "SELECT count(*) FROM gateways WHERE " RUNNING_ALIVE_POSTGRES}},
    {{"gatewaySince", "gateway since", COLUMN_TIME, 0},
        {"SELECT max(started_at) FROM gateways WHERE " RUNNING_ALIVE,
            "SELECT max(started_at) FROM gateways WHERE " RUNNING_ALIVE_POSTGRES}},
    {{"gatewayLastSeen", "gateway seen", COLUMN_TIME, 0},
        SQL_BOTH("SELECT max(alive_at) FROM gateways")},
};

#define FACTS (sizeof facts / sizeof *facts)

enum { DATABASE, SERVER, QUEUE, READY, ANSWER, AUTH, AUTH_ANSWER, OWN_COLUMNS };

static const struct column own_columns[OWN_COLUMNS] = {
    [DATABASE] = {"database", "database", COLUMN_TEXT, 0},
    [SERVER] = {"server", "server", COLUMN_TEXT, 0},
    [QUEUE] = {"queue", NULL, COLUMN_TEXT, 0},
    [READY] = {"ready", "gateway ready", COLUMN_JSON, 0},
    [ANSWER] = {"answer", "it says", COLUMN_TEXT, 0},
    [AUTH] = {"auth", "belfry-auth ready", COLUMN_JSON, 0},
    [AUTH_ANSWER] = {"authAnswer", "it says", COLUMN_TEXT, 0},
};

static int add_fact(
    struct table *table, struct sql *queue, const struct sql_text *text, struct reason *why)
{
    struct sql_rows *rows = sql_select(queue, text, NULL, 0, why);
    int found = rows ? sql_next(rows, why) : -1;

    if (found >= 0)
        table_add(table, found > 0 ? sql_column(rows, 0) : NULL);
    sql_end(rows);
    return found < 0 ? -1 : 0;
}

static int ask_readyz(const char *address, struct buf *answer)
{
    struct http_reply reply;
    struct reason why;
    int status = ask_ops(address, "/readyz", &reply, &why);

    buf_add_text(answer, status < 0 ? why.text : reply.body.data);
    http_reply_release(&reply);
    while (answer->len > 0 && strchr("\r\n ", answer->data[answer->len - 1]))
        answer->data[--answer->len] = '\0';
    return status;
}

/* Asks the gateway itself. Returns whether it is ready; `answer` gets what it said. */
static bool ask_gateway(const struct admin *admin, struct sql *queue, struct buf *answer)
{
    struct reason why;
    const char *address = ask_ops_address(&admin->config, &why);

    if (address)
        return ask_readyz(address, answer) == 200;
    buf_addf(answer, "not asked: %s", why.text);
    /* It cannot be asked. */
    return running_is_alive(queue);
}

/* Adds what both programs say. Returns false if one of them is down. */
static bool ask_programs(const struct admin *admin, struct sql *queue, struct table *table)
{
    static const char *const words[] = {
        [ASK_AUTH_READY] = "true", [ASK_AUTH_DOWN] = "false", [ASK_AUTH_UNKNOWN] = "null"};
    struct buf answer;

    buf_init(&answer, 4096);
    bool ready = ask_gateway(admin, queue, &answer);
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

static void add_server(struct table *table, struct sql *queue)
{
#ifdef WITH_POSTGRESQL
    char server[POSTGRES_SERVER_SIZE];

    if (sql_postgres(queue)) {
        postgres_server_name(sql_postgres(queue), server);
        table_add(table, server);
        return;
    }
#else
    (void)queue;
#endif
    table_add(table, NULL);
}

static int fill_table(
    const struct admin *admin, struct sql *queue, struct table *table, bool *up, struct reason *why)
{
    static const struct sql_text name =
        SQL_BOTH("SELECT value FROM belfry_meta WHERE key = 'queue'");
    char *shown = database_url_shown(admin->config.database);

    table_add(table, shown);
    free(shown);
    add_server(table, queue);
    if (add_fact(table, queue, &name, why) < 0)
        return -1;
    *up = ask_programs(admin, queue, table);
    for (size_t i = 0; i < FACTS; i++)
        if (add_fact(table, queue, &facts[i].sql, why) < 0)
            return -1;
    return 0;
}

static void say_advice(void *context, const char *sentence)
{
    admin_say(context, "to be changed: %s", sentence);
}

/* Of a file there is nothing more to say. */
static int examine_server(struct admin *admin, struct sql *queue, struct reason *why)
{
#ifdef WITH_POSTGRESQL
    const struct postgres_examination examination = {.url = admin->config.database,
        .program = "belfry",
        .notify = admin->config.queue.notify,
        .advise = say_advice,
        .context = admin};

    if (sql_postgres(queue))
        return postgres_examine(sql_postgres(queue), &examination, why);
#endif
    (void)admin;
    (void)queue;
    (void)why;
    return 0;
}

static int status_run(struct admin *admin, const struct arguments *arguments)
{
    struct column columns[OWN_COLUMNS + FACTS];
    struct reason why;
    struct sql *queue;

    (void)arguments;
    if (admin_look_into_queue(admin, &queue) < 0)
        return ADMIN_REFUSED;
    memcpy(columns, own_columns, sizeof own_columns);
    for (size_t i = 0; i < FACTS; i++)
        columns[OWN_COLUMNS + i] = facts[i].column;
    struct table *table = table_new(columns, OWN_COLUMNS + FACTS);
    int status = ADMIN_DONE;
    bool up;
    if (fill_table(admin, queue, table, &up, &why) < 0) {
        status = admin_refuse(admin, "%s", why.text);
    } else {
        (admin->json ? table_print_json : table_print_records)(table, admin->out);
        status = up ? ADMIN_DONE : ADMIN_REFUSED;
    }
    if (examine_server(admin, queue, &why) < 0)
        status = admin_refuse(admin, "%s", why.text);
    layout_advise(&admin->config, say_advice, admin);
    table_free(table);
    sql_close(&queue);
    return status;
}

const struct command status_command = {
    .name = "status",
    .summary = "Say what runs, who is online and what waits",
    .more =
        "`stuck` counts notifications that are due although the user is online: it should be 0.\n"
        "`undelivered` counts those whose user is offline: candidates for an e-mail.",
    .run = status_run,
};
