#include "tests/unit/store/postgres_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "common/postgres.h"
#include "tests/unit/store/store_rig.h"

/* The type's number in every server. */
#define TIMESTAMPTZ 1184

/* The tests write times as SQLite takes them: strftime(…, 'now', '+1 hour'). */
static const char strftime_sql[] =
    "CREATE FUNCTION public.strftime(format text, at text, VARIADIC more text[] DEFAULT '{}')"
    " RETURNS timestamptz LANGUAGE sql AS $$ SELECT at::timestamptz +"
    " coalesce((SELECT sum(each::interval) FROM unnest(more) AS each), '0'::interval) $$;"
    "CREATE FUNCTION public.strftime(format text) RETURNS timestamptz LANGUAGE sql AS $$"
    " SELECT clock_timestamp() $$";

static struct postgres_server server;

struct postgres_server *postgres_rig_server(void)
{
    return &server;
}

PGconn *postgres_rig_other(struct rig *rig)
{
    return rig->other;
}

static void other_open(struct rig *rig)
{
    char url[POSTGRES_URL_SIZE];
    const char *name = strstr(rig->url, "@/") + 2; /* postgresql://gate@/test1?host=/tmp/… */
    char database[64];

    snprintf(database, sizeof(database), "%.*s", (int)strcspn(name, "?"), name);
    postgres_server_url(&server, "postgres", database, url);
    rig->other = postgres_server_connect(url);
    postgres_server_sql(rig->other, "SET search_path = belfry, public; SET timezone = 'UTC'");
    postgres_server_sql(rig->other, strftime_sql);
}

static void make(struct rig *rig)
{
    postgres_server_queue(&server, rig->url);
    rig->settings.database = rig->settings.database_shown = rig->url;
    other_open(rig);
}

static void close_other(struct rig *rig)
{
    postgres_close(rig->other);
    rig->other = NULL;
}

static void run(struct rig *rig, const char *sql)
{
    postgres_server_sql(rig->other, sql);
}

/* 2026-11-22 19:19:00.1+00 as SQLite's tables have it: 2026-11-22T19:19:00.100Z. */
static char *iso(const char *time)
{
    char fraction[4] = "000";
    char *text = mem_alloc(32);

    if (time[19] == '.')
        memcpy(fraction, time + 20, strspn(time + 20, "0123456789"));
    snprintf(text, 32, "%.10sT%.8s.%sZ", time, time + 11, fraction);
    return text;
}

static char *text(struct rig *rig, const char *sql)
{
    PGresult *result = PQexec(rig->other, sql);
    char *value = NULL;

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQresultErrorMessage(result));
    if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0))
        value = PQgetvalue(result, 0, 0);
    value = value && PQftype(result, 0) == TIMESTAMPTZ ? iso(value)
                                                       : mem_strdup(value ? value : "NULL");
    PQclear(result);
    return value;
}

static void age(struct rig *rig)
{
    run(rig, "UPDATE belfry.epoch SET removed = pg_current_snapshot()");
}

static const struct rig_database database = {make, close_other, run, text, age};

int postgres_rig_start(void **state)
{
    (void)state;
    postgres_server_start(&server);
    rig_use(&database);
    return 0;
}

int postgres_rig_stop(void **state)
{
    (void)state;
    rig_use(NULL);
    postgres_server_stop(&server);
    return 0;
}
