#include "common/postgres_examine.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/postgres.h"

/* Gateways do not listen on it, so nobody is woken. */
#define CHANNEL "belfry_check"
#define NOTIFY_MS 3000
#define CONNECT_MS 10000
#define CLOCK_APART_MS 2000

enum check_of { OF_ALL, OF_GATEWAYS, OF_NOTIFY };

/* Each returns a sentence where something should be changed, and NULL or nothing where not. What
 * takes other types than ours is named with its schema (store/postgres/tables.h). */
static const struct {
    enum check_of of;
    const char *sql;
} checks[] = {
    {OF_ALL, "SELECT pg_catalog.format('the login %I may not read and write %s: GRANT "
             "belfry_gateway TO %1$I', "
             "current_user, pg_catalog.string_agg(relname, ', ' ORDER BY relname)) FROM pg_class "
             "WHERE relnamespace = 'belfry'::regnamespace AND relkind = 'r' "
             "AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT') "
             "AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')) "
             "HAVING count(*) > 0"},
    {OF_GATEWAYS,
        "SELECT pg_catalog.format('the login %I is a superuser, and the gateway needs no more than "
        "belfry_gateway: CREATE ROLE gate LOGIN; GRANT belfry_gateway TO gate', rolname) "
        "FROM pg_roles WHERE rolname = current_user AND rolsuper"},
    {OF_NOTIFY, "SELECT pg_catalog.format('triggers that wake the gateways are disabled (%s): set "
                "notify = no under "
                "[queue], or ALTER TABLE … ENABLE TRIGGER', pg_catalog.string_agg(tgname, ', ' "
                "ORDER BY tgname)) "
                "FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
                "WHERE c.relnamespace = 'belfry'::regnamespace AND tgname LIKE '%\\_wake' "
                "AND tgenabled IN ('D', 'R') HAVING count(*) > 0"},
    {OF_ALL,
        "SELECT pg_catalog.format('%s is off on the server: %s', name, CASE name "
        "WHEN 'autovacuum' THEN 'the tables of the queue will grow, and delivery slows down' "
        "ELSE 'what an application has committed may be gone after a crash of the server' END) "
        "FROM pg_settings WHERE setting = 'off' "
        "AND name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum') "
        "ORDER BY name LIMIT 1"},
    {OF_ALL, "SELECT pg_catalog.format('the database is encoded in %s, which lacks most "
             "characters: make it with "
             "ENCODING ''UTF8''', current_setting('server_encoding')) "
             "WHERE current_setting('server_encoding') <> 'UTF8'"},
};

void postgres_server_name(const PGconn *conn, char out[POSTGRES_SERVER_SIZE])
{
    const char *version = PQparameterStatus(conn, "server_version");

    /* What a distribution adds to the number is left out. */
    snprintf(out, POSTGRES_SERVER_SIZE, "PostgreSQL %.*s, as %.64s",
        version ? (int)strcspn(version, " ") : 0, version ? version : "", PQuser(conn));
}

static bool is_asked(const struct postgres_examination *examination, enum check_of of)
{
    switch (of) {
    case OF_GATEWAYS:
        return examination->is_gateway;
    case OF_NOTIFY:
        return examination->notify;
    default:
        return true;
    }
}

static int run_checks(
    PGconn *conn, const struct postgres_examination *examination, struct reason *why)
{
    int told = 0;

    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        char *sentence = is_asked(examination, checks[i].of)
                             ? postgres_value(conn, checks[i].sql, 0, NULL, why)
                             : NULL;

        if (sentence)
            examination->advise(examination->context, sentence);
        else if (is_asked(examination, checks[i].of) && why->text[0])
            return -1;
        told += sentence != NULL;
        free(sentence);
    }
    return told;
}

/* The gateway compares times of rows with its own clock. */
static int check_clocks(
    PGconn *conn, const struct postgres_examination *examination, struct reason *why)
{
    struct clock clock = clock_system();
    int64_t before = clock_wall_ms(&clock);
    char *text = postgres_value(
        conn, "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint", 0, NULL, why);
    int64_t after = clock_wall_ms(&clock);
    int64_t there = text ? strtoll(text, NULL, 10) : 0;
    int64_t apart = there < before ? there - before : there > after ? there - after : 0;
    char sentence[160];

    if (!text)
        return -1;
    free(text);
    if (llabs(apart) < CLOCK_APART_MS)
        return 0;
    snprintf(sentence, sizeof sentence,
        "the clock of the server is %lld s %s this machine's: keep both right by NTP",
        llabs(apart) / 1000, apart > 0 ? "ahead of" : "behind");
    examination->advise(examination->context, sentence);
    return 1;
}

static bool hears(PGconn *conn)
{
    struct clock clock = clock_system();
    int64_t until = clock.steady_ms(&clock) + NOTIFY_MS;
    PGnotify *notice;

    while (!(notice = PQnotifies(conn)))
        if (postgres_wait(conn, 0, until) <= 0 || !PQconsumeInput(conn))
            return false;
    PQfreemem(notice);
    return true;
}

/* Somebody else notifies: behind a pooler, that is the next user of our connection to the server,
 * and so the one who would hear it. */
static int notify_from_elsewhere(const struct postgres_examination *examination, struct reason *why)
{
    PGconn *other = postgres_connect(examination->url, examination->program, CONNECT_MS, why);
    int result = other ? postgres_exec(other, "NOTIFY " CHANNEL, why) : -1;

    postgres_close(other);
    return result;
}

/* A pooler that gives each transaction another connection takes a LISTEN, and forgets it. */
static int check_notify(
    PGconn *conn, const struct postgres_examination *examination, struct reason *why)
{
    bool heard;

    if (postgres_exec(conn, "LISTEN " CHANNEL, why) < 0 ||
        notify_from_elsewhere(examination, why) < 0)
        return -1;
    heard = hears(conn);
    postgres_exec(conn, "UNLISTEN " CHANNEL, NULL);
    if (heard)
        return 0;
    examination->advise(examination->context,
        "a NOTIFY does not arrive, as behind a pooler in transaction mode: connect to the server "
        "itself, or set notify = no under [queue]");
    return 1;
}

int postgres_examine(
    PGconn *conn, const struct postgres_examination *examination, struct reason *why)
{
    int told = run_checks(conn, examination, why);
    int clocks = told < 0 ? -1 : check_clocks(conn, examination, why);
    int notify = clocks < 0 || !examination->notify ? 0 : check_notify(conn, examination, why);

    return clocks < 0 || notify < 0 ? -1 : told + clocks + notify;
}
