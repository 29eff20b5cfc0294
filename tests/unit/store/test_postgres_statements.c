/* However large the tables grow, no statement of the gateway reads all of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/postgres.h"
#include "gateway/store/postgres/tables.h"
#include "tests/unit/postgres_server.h"

static struct postgres_server server;

static const struct query_group *const all[] = {&postgres_broadcast_queries,
    &postgres_change_queries, &postgres_member_queries, &postgres_message_queries,
    &postgres_notification_queries, &peek_queries, &postgres_presence_queries,
    &postgres_retention_queries, &postgres_schedule_queries, &postgres_token_queries};

/* Rows of a queue that has been in use for long. */
static const char fill[] =
    "SET search_path = belfry;"
    "INSERT INTO notifications (user_id, title, status, deliver_after, expires_at, created_at)"
    " SELECT 'user-' || i % 1000, 'x', (ARRAY['pending', 'delivered', 'read', 'expired'])[1 + i % "
    "4],"
    " CASE WHEN i % 16 = 0 THEN now() END, CASE WHEN i % 16 = 4 THEN now() END,"
    " now() - i * interval '1 minute' FROM generate_series(1, 20000) AS i;"
    "INSERT INTO messages (conversation_id, sender_id, content, client_ref)"
    " SELECT 'c' || i % 100, 'a', 'x', i FROM generate_series(1, 20000) AS i;"
    "INSERT INTO broadcasts (topic, event, sent_at, expires_at) SELECT 'public:' || i % 100, 'x', "
    "now(),"
    " CASE WHEN i % 8 = 0 THEN now() END FROM generate_series(1, 20000) AS i;"
    "INSERT INTO conversation_members (conversation_id, user_id)"
    " SELECT 'c' || i % 100, 'user-' || i % 1000 FROM generate_series(1, 20000) AS i"
    " ON CONFLICT DO NOTHING;"
    "INSERT INTO presence (user_id, instance, connections, last_seen)"
    " SELECT 'user-' || i, 'gone', 0, now() FROM generate_series(1, 20000) AS i;"
    "INSERT INTO changes (kind, key) SELECT 'unread', i FROM generate_series(1, 20000) AS i;"
    "ANALYZE;"
    "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";

/* The lines of a plan that read the whole of a table that grows, or "". */
static void find_scans(const PGresult *plan, char scans[512])
{
    static const char *const growing[] = {
        "notifications", "messages", "broadcasts", "changes", "conversation_members", "presence"};

    scans[0] = '\0';
    for (int row = 0; row < PQntuples(plan); row++) {
        const char *line = PQgetvalue(plan, row, 0);
        const char *scan = strstr(line, "Seq Scan on ");

        for (size_t i = 0; scan && i < sizeof(growing) / sizeof(growing[0]); i++) {
            size_t len = strlen(growing[i]);

            if (strncmp(scan + 12, growing[i], len) == 0 && strchr(" ", scan[12 + len]))
                snprintf(scans, 512, "%s", line);
        }
    }
}

static void assert_uses_indexes(PGconn *conn, const struct query_group *group, size_t which)
{
    char sql[512], scans[512];
    PGresult *result = PQprepare(conn, "statement", group->sql[which], 0, NULL);
    int parameters;

    if (PQresultStatus(result) != PGRES_COMMAND_OK)
        fail_msg("%s: %s", group->sql[which], PQresultErrorMessage(result));
    PQclear(result);
    result = PQdescribePrepared(conn, "statement");
    parameters = PQnparams(result);
    PQclear(result);
    snprintf(sql, sizeof(sql), "EXPLAIN EXECUTE statement%s", parameters > 0 ? " (NULL" : "");
    for (int i = 1; i < parameters; i++)
        strcat(sql, ", NULL");
    if (parameters > 0)
        strcat(sql, ")");
    result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", group->sql[which], PQresultErrorMessage(result));
    find_scans(result, scans);
    if (scans[0])
        fail_msg("%s: %s", group->sql[which], scans);
    PQclear(result);
    postgres_server_sql(conn, "DEALLOCATE statement");
}

static void no_statement_reads_a_whole_table(void **state)
{
    char url[POSTGRES_URL_SIZE];
    PGconn *conn;

    (void)state;
    postgres_server_queue(&server, url);
    conn = postgres_server_connect(url);
    postgres_server_url(&server, "postgres", PQdb(conn), url);
    postgres_close(conn);
    conn = postgres_server_connect(url);
    postgres_server_sql(conn, fill);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        for (size_t j = 0; j < all[i]->count; j++)
            assert_uses_indexes(conn, all[i], j);
    postgres_close(conn);
}

static int start_server(void **state)
{
    (void)state;
    postgres_server_start(&server);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    postgres_server_stop(&server);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_statement_reads_a_whole_table),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
