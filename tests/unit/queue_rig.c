#include "tests/unit/queue_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build-config.h"

#include "common/buf.h"
#include "common/memory.h"
#include "common/publisher_sqlite.h"
#ifdef WITH_POSTGRESQL
#include "common/postgres.h"
#include "common/publisher_postgres.h"
#include "tests/unit/postgres_server.h"
#endif

#define ROWS_MAX 65536

/* How the rigs that are opened now have their queue. */
static const struct queue_rig_engine {
    void (*open)(struct queue_rig *rig);
    void (*close)(struct queue_rig *rig);
    void (*run)(struct queue_rig *rig, const char *sql);
    void (*select)(struct queue_rig *rig, const char *sql, struct buf *rows);
    struct publisher *(*publisher)(struct queue_rig *rig);
    const char *breaking, *locking; /* the SQL of queue_rig_break and queue_rig_lock */
} * engine;

/* ---- SQLite ---- */

static void file_open(struct queue_rig *rig)
{
    queue_file_set_up(&rig->state);
    rig->file = queue_file_made(&rig->state);
    snprintf(rig->database, sizeof(rig->database), "%s", rig->file->path);
}

static void file_close(struct queue_rig *rig)
{
    queue_file_tear_down(&rig->state);
}

static void file_run(struct queue_rig *rig, const char *sql)
{
    queue_file_run(rig->file, sql);
}

static void file_select(struct queue_rig *rig, const char *sql, struct buf *rows)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(rig->file->db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(rig->file->db));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *text = database_text(statement, 0);

        buf_addf(rows, "%s%s", rows->len > 0 ? " " : "", text ? text : "NULL");
    }
    sqlite3_finalize(statement);
}

static struct publisher *file_publisher(struct queue_rig *rig)
{
    return publisher_sqlite_new(rig->file->db, &rig->why);
}

static const struct queue_rig_engine files = {file_open, file_close, file_run, file_select,
    file_publisher, "PRAGMA query_only = 1", "BEGIN IMMEDIATE"};

/* ---- PostgreSQL ---- */

#ifdef WITH_POSTGRESQL

/* The type's number in every server. */
#define TIMESTAMPTZ 1184

/* Tests have the time as SQLite tells it: strftime('%Y-%m-%dT%H:%M:%fZ', 'now'). */
static const char strftime_sql[] =
    "CREATE OR REPLACE FUNCTION public.strftime(format text, at text) RETURNS timestamptz "
    "LANGUAGE sql AS 'SELECT at::timestamptz'";

static struct postgres_server server;

static void server_connect(struct queue_rig *rig)
{
    char name[64], url[POSTGRES_URL_SIZE];
    const char *from = strstr(rig->database, "@/") + 2; /* postgresql://web@/test1?host=/tmp/… */

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(from, "?"), from);
    postgres_server_url(&server, "postgres", name, url);
    rig->conn = postgres_server_connect(url);
    postgres_server_sql(rig->conn, "SET search_path = belfry, public; SET timezone = 'UTC'");
    postgres_server_sql(rig->conn, strftime_sql);
}

/* The publisher is the login of a belfry-publish. */
static void server_open(struct queue_rig *rig)
{
    char gate[POSTGRES_URL_SIZE];
    const char *behind;

    postgres_server_queue(&server, gate);
    behind = strchr(gate, '@');
    snprintf(rig->database, sizeof(rig->database), "postgresql://web%s", behind);
    server_connect(rig);
    postgres_server_sql(rig->conn,
        "DO $$ BEGIN CREATE ROLE web LOGIN; GRANT belfry_publishing TO web; "
        "EXCEPTION WHEN duplicate_object THEN NULL; END $$");
}

static void server_close(struct queue_rig *rig)
{
    if (rig->client)
        postgres_client_close(rig->client);
    free(rig->client);
    rig->client = NULL;
    postgres_close(rig->conn);
    rig->conn = NULL;
}

static void server_run(struct queue_rig *rig, const char *sql)
{
    postgres_server_sql(rig->conn, sql);
}

/* 2026-11-22 19:19:00.1+00 is 2026-11-22T19:19:00.100Z in SQLite's tables. */
static void add_time(struct buf *rows, const char *time)
{
    char fraction[4] = "000";

    if (time[19] == '.')
        memcpy(fraction, time + 20, strspn(time + 20, "0123456789"));
    buf_addf(rows, "%.10sT%.8s.%sZ", time, time + 11, fraction);
}

static void server_select(struct queue_rig *rig, const char *sql, struct buf *rows)
{
    PGresult *result = PQexec(rig->conn, sql);

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    for (int i = 0; i < PQntuples(result); i++) {
        buf_add_text(rows, i > 0 ? " " : "");
        if (PQgetisnull(result, i, 0))
            buf_add_text(rows, "NULL");
        else if (PQftype(result, 0) == TIMESTAMPTZ)
            add_time(rows, PQgetvalue(result, i, 0));
        else
            buf_add_text(rows, PQgetvalue(result, i, 0));
    }
    PQclear(result);
}

static struct publisher *server_publisher(struct queue_rig *rig)
{
    if (!rig->client) {
        rig->client = mem_alloc(sizeof(struct postgres_client));
        postgres_client_init(rig->client, rig->database, "test");
    }
    return publisher_postgres_new(rig->client);
}

static const struct queue_rig_engine servers = {server_open, server_close, server_run,
    server_select, server_publisher,
    "REVOKE INSERT ON notifications FROM belfry_publisher, belfry_publishing",
    "BEGIN; LOCK TABLE notifications IN SHARE ROW EXCLUSIVE MODE"};

static int server_start(void **state)
{
    (void)state;
    postgres_server_start(&server);
    engine = &servers;
    return 0;
}

static int server_stop(void **state)
{
    (void)state;
    postgres_server_stop(&server);
    return 0;
}

void queue_rig_cut(struct queue_rig *rig)
{
    queue_rig_sql(rig, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                       "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
}

void queue_rig_crash(struct queue_rig *rig)
{
    postgres_close(rig->conn);
    rig->conn = NULL;
    postgres_server_kill(&server);
}

void queue_rig_restart(struct queue_rig *rig)
{
    postgres_server_run(&server);
    server_connect(rig);
}

#else

static void lacks_server(struct queue_rig *rig)
{
    (void)rig;
    fail_msg("there is no PostgreSQL in this build");
}

void queue_rig_cut(struct queue_rig *rig)
{
    lacks_server(rig);
}

void queue_rig_crash(struct queue_rig *rig)
{
    lacks_server(rig);
}

void queue_rig_restart(struct queue_rig *rig)
{
    lacks_server(rig);
}

#endif

/* ---- both ---- */

void queue_rig_open(struct queue_rig *rig)
{
    *rig = (struct queue_rig){.file = NULL};
    engine->open(rig);
}

void queue_rig_close(struct queue_rig *rig)
{
    engine->close(rig);
}

int queue_rig_set_up(void **state)
{
    *state = mem_zalloc(sizeof(struct queue_rig));
    queue_rig_open(*state);
    return 0;
}

int queue_rig_tear_down(void **state)
{
    queue_rig_close(*state);
    free(*state);
    return 0;
}

void queue_rig_sql(struct queue_rig *rig, const char *sql)
{
    engine->run(rig, sql);
}

int64_t queue_rig_number(struct queue_rig *rig, const char *sql)
{
    struct buf rows;
    int64_t number;

    buf_init(&rows, ROWS_MAX);
    engine->select(rig, sql, &rows);
    number = strtoll(rows.len > 0 ? rows.data : "0", NULL, 10);
    buf_release(&rows);
    return number;
}

void queue_rig_rows(struct queue_rig *rig, const char *sql, const char *expected)
{
    struct buf rows;

    buf_init(&rows, ROWS_MAX);
    buf_add_text(&rows, "");
    engine->select(rig, sql, &rows);
    assert_string_equal(rows.len > 0 ? rows.data : "", expected);
    buf_release(&rows);
}

struct publisher *queue_rig_publisher(struct queue_rig *rig)
{
    struct publisher *publisher = engine->publisher(rig);

    if (!publisher)
        fail_msg("%s", rig->why.text);
    return publisher;
}

void queue_rig_break(struct queue_rig *rig)
{
    queue_rig_sql(rig, engine->breaking);
}

void queue_rig_lock(struct queue_rig *rig)
{
    queue_rig_sql(rig, engine->locking);
}

void queue_rig_unlock(struct queue_rig *rig)
{
    queue_rig_sql(rig, "ROLLBACK");
}

int queue_rig_run_files(const struct CMUnitTest *tests, size_t count)
{
    engine = &files;
    return _cmocka_run_group_tests("SQLite", tests, count, NULL, NULL);
}

int queue_rig_run_postgres(const struct CMUnitTest *tests, size_t count)
{
#ifdef WITH_POSTGRESQL
    return _cmocka_run_group_tests("PostgreSQL", tests, count, server_start, server_stop);
#else
    (void)tests;
    (void)count;
    return 0;
#endif
}

int queue_rig_run(const struct CMUnitTest *tests, size_t count)
{
    int failed;

    failed = queue_rig_run_files(tests, count);
    return failed + queue_rig_run_postgres(tests, count);
}
