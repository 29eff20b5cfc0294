#include "common/schema_postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/postgres.h"
#include "common/random.h"
#include "common/schema.h"
#include "common/schema_sql.h"
#include "common/session_tables.h"

/* Two that make the same queue take turns. */
#define LOCK "SELECT pg_advisory_xact_lock(1111837766, 0)"
#define VERSION "SELECT value FROM belfry.belfry_meta WHERE key = 'schema'"
/* A publisher may not: it relies on the gateway, which does not run on another version. */
#define MIGRATING "SELECT true FROM belfry.belfry_meta WHERE key = $1"
#define MAY_READ_VERSION "SELECT has_table_privilege('belfry.belfry_meta', 'SELECT')"

static const char *const roles[] = {
    "belfry_owner", "belfry_gateway", "belfry_publisher", "belfry_publishing", "belfry_auth"};
#define ROLES (sizeof roles / sizeof *roles)

/* Publishers may not even see that there are sessions. */
static const char sessions_roles_sql[] =
    "GRANT USAGE ON SCHEMA belfry_sessions TO belfry_auth, belfry_gateway;"
    "GRANT SELECT ON users, sessions TO belfry_auth, belfry_gateway";

/* Whether the statement returns a row that is true: 1, 0 or -1. */
static int is_so(PGconn *conn, const char *sql, const char *parameter, struct reason *why)
{
    char *value = postgres_value(conn, sql, parameter ? 1 : 0, &parameter, why);
    int so = value && strcmp(value, "t") == 0;

    free(value);
    return why->text[0] ? -1 : so;
}

static int has_role(PGconn *conn, const char *role, struct reason *why)
{
    return is_so(conn, "SELECT true FROM pg_roles WHERE rolname = $1", role, why);
}

/* A savepoint, since a statement that fails would end the transaction. */
static int make_role(PGconn *conn, const char *role, struct reason *why)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SAVEPOINT belfry_role; CREATE ROLE %s NOLOGIN", role);
    if (postgres_exec(conn, sql, why) == 0)
        return postgres_exec(conn, "RELEASE belfry_role", why) < 0 ? -1 : 1;
    return postgres_exec(conn, "ROLLBACK TO belfry_role; RELEASE belfry_role", NULL) < 0 ? -1 : 0;
}

static int make_roles(PGconn *conn, struct schema_postgres_made *made, struct reason *why)
{
    for (size_t i = 0; i < ROLES; i++) {
        int found = has_role(conn, roles[i], why);
        int result = found == 0 ? make_role(conn, roles[i], &made->why_no_roles) : 0;

        if (found < 0 || result < 0)
            return -1;
        made->roles |= result > 0;
        made->lacks_roles |= found == 0 && result == 0;
    }
    return 0;
}

/* What it makes belongs to belfry_owner, which whoever runs this must be able to become. */
static int become_owner(PGconn *conn, const char *schema, struct reason *why)
{
    char sql[128];
    int member = is_so(conn, "SELECT pg_has_role($1, 'MEMBER')", roles[0], why);

    snprintf(sql, sizeof sql,
        "CREATE SCHEMA %s AUTHORIZATION belfry_owner; SET LOCAL ROLE belfry_owner", schema);
    if (member >= 0 &&
        (member > 0 || postgres_exec(conn, "GRANT belfry_owner TO CURRENT_USER", why) == 0) &&
        postgres_exec(conn, sql, why) == 0)
        return 0;
    return reason_prefix(why,
        "the schema %s is made by a superuser, or by a member of belfry_owner with CREATE on the "
        "database: ",
        schema);
}

/* Fills a new schema with the tables of `ddl`, and lets the roles in. */
static int fill_schema(PGconn *conn, const char *schema, const char *ddl, const char *grants,
    const struct schema_postgres_made *made, struct reason *why)
{
    char sql[128];
    int result;

    snprintf(sql, sizeof sql, "CREATE SCHEMA %s", schema);
    result = made->lacks_roles ? postgres_exec(conn, sql, why) : become_owner(conn, schema, why);
    snprintf(sql, sizeof sql, "SET LOCAL search_path = %s", schema);
    if (result < 0 || postgres_exec(conn, sql, why) < 0 || postgres_exec(conn, ddl, why) < 0)
        return -1;
    return made->lacks_roles ? 0 : postgres_exec(conn, grants, why);
}

static int write_meta(PGconn *conn, struct reason *why)
{
    char name[RANDOM_NAME_SIZE], version[24];
    const char *const values[] = {random_name(name), version};

    snprintf(version, sizeof version, "%d", SCHEMA_VERSION);
    free(postgres_value(conn,
        "INSERT INTO belfry.belfry_meta (key, value) VALUES ('queue', $1), ('schema', $2)", 2,
        values, why));
    return why->text[0] ? -1 : 0;
}

static int check_version(PGconn *conn, struct reason *why)
{
    int may_read = is_so(conn, MAY_READ_VERSION, NULL, why);
    char *value = may_read > 0 ? postgres_value(conn, VERSION, 0, NULL, why) : NULL;
    int version = value ? atoi(value) : 0;

    free(value);
    if (why->text[0])
        return -1;
    if (!may_read)
        return 0;
    if (version > SCHEMA_VERSION)
        return reason_set(why,
            "the schema belfry has version %d, and this program knows %d: use a newer Belfry",
            version, SCHEMA_VERSION);
    if (version < SCHEMA_VERSION)
        return reason_set(
            why, "the schema belfry has version %d, which no Belfry has made", version);
    return 0;
}

#define MAY_USE "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1"

/* A login without any of the roles sees nothing of the schema, not even its version. */
static int check_usage(PGconn *conn, struct reason *why)
{
    int may = is_so(conn, MAY_USE, "belfry", why);

    if (may != 0)
        return may < 0 ? -1 : 0;
    return reason_set(why,
        "the login %s may not use the schema belfry: GRANT belfry_gateway TO \"%s\" (or "
        "belfry_publisher, to an application, or belfry_publishing, to a belfry-publish)",
        PQuser(conn), PQuser(conn));
}

/* A schema of this name that is not ours is left alone. 1 where it is ours, 0 where there is none,
 * or -1. */
static int find_schema(PGconn *conn, struct reason *why)
{
    int found = is_so(conn, "SELECT true FROM pg_namespace WHERE nspname = $1", "belfry", why);
    int is_ours = 0;

    if (found == 1)
        is_ours = check_usage(conn, why);
    if (found == 1 && is_ours == 0)
        is_ours = is_so(conn, "SELECT to_regclass($1) IS NOT NULL", "belfry.belfry_meta", why);
    if (found < 0 || is_ours < 0)
        return -1;
    if (found && !is_ours)
        return reason_set(
            why, "there is a schema belfry already, and it holds no queue: rename it");
    return is_ours;
}

static int init_locked(PGconn *conn, struct schema_postgres_made *made, struct reason *why)
{
    int found = find_schema(conn, why);

    if (found < 0)
        return -1;
    if (found)
        return check_version(conn, why);
    if (make_roles(conn, made, why) < 0 ||
        fill_schema(conn, "belfry", schema_postgres_ddl_sql, schema_postgres_roles_sql, made, why) <
            0 ||
        write_meta(conn, why) < 0)
        return -1;
    made->schema = 1;
    return 0;
}

/* In one transaction, or not at all. */
static int init_by(PGconn *conn,
    int (*locked)(PGconn *conn, struct schema_postgres_made *made, struct reason *why),
    struct schema_postgres_made *made, struct reason *why)
{
    *made = (struct schema_postgres_made){.schema = 0};
    if (postgres_exec(conn, "BEGIN; " LOCK, why) == 0 && locked(conn, made, why) == 0 &&
        postgres_exec(conn, "COMMIT", why) == 0)
        return 0;
    postgres_exec(conn, "ROLLBACK", NULL);
    *made = (struct schema_postgres_made){.schema = 0};
    return -1;
}

int schema_postgres_init(PGconn *conn, struct schema_postgres_made *made, struct reason *why)
{
    return init_by(conn, init_locked, made, why);
}

/* As find_schema. */
static int find_sessions(PGconn *conn, struct reason *why)
{
    int found =
        is_so(conn, "SELECT true FROM pg_namespace WHERE nspname = $1", SESSION_TABLES_SCHEMA, why);
    int may = found == 1 ? is_so(conn, MAY_USE, SESSION_TABLES_SCHEMA, why) : 0;
    int is_ours = may == 1 ? is_so(conn,
                                 "SELECT to_regclass($1) IS NOT NULL AND "
                                 "to_regclass('belfry_sessions.users') IS NOT NULL",
                                 SESSION_TABLES_SCHEMA ".sessions", why)
                           : 0;

    if (found < 0 || may < 0 || is_ours < 0)
        return -1;
    if (found && !may)
        return reason_set(why,
            "the login %s may not use the schema belfry_sessions: log in as a member of "
            "belfry_owner",
            PQuser(conn));
    if (found && !is_ours)
        return reason_set(
            why, "there is a schema belfry_sessions already, and it holds no sessions: rename it");
    return is_ours;
}

static int init_sessions_locked(PGconn *conn, struct schema_postgres_made *made, struct reason *why)
{
    int found = find_sessions(conn, why);

    if (found != 0)
        return found < 0 ? -1 : 0;
    if (make_roles(conn, made, why) < 0 ||
        fill_schema(conn, SESSION_TABLES_SCHEMA, schema_postgres_sessions_sql, sessions_roles_sql,
            made, why) < 0)
        return -1;
    made->schema = 1;
    return 0;
}

int schema_postgres_init_sessions(
    PGconn *conn, struct schema_postgres_made *made, struct reason *why)
{
    return init_by(conn, init_sessions_locked, made, why);
}

int schema_postgres_check_sessions(PGconn *conn, struct reason *why)
{
    int found = find_sessions(conn, why);

    if (found != 0)
        return found < 0 ? -1 : 0;
    return reason_set(why,
        "there is no schema belfry_sessions: `belfry init --sessions` makes one, for applications "
        "that have no sessions of their own");
}

/* What a migration that was cut off has left is no whole queue. */
static int refuse_part(PGconn *conn, struct reason *why)
{
    int may_read = is_so(conn, MAY_READ_VERSION, NULL, why);
    int is_part = may_read > 0 ? is_so(conn, MIGRATING, "migrating", why) : may_read;

    if (is_part > 0)
        reason_set(why, "`belfry migrate` has filled this queue only in part: run it again");
    return is_part == 0 ? 0 : -1;
}

int schema_postgres_check(PGconn *conn, struct reason *why)
{
    int found = find_schema(conn, why);

    if (found < 0)
        return -1;
    if (!found)
        return reason_set(
            why, "this database holds no queue: `belfry init --database URL` makes it");
    return check_version(conn, why) < 0 ? -1 : refuse_part(conn, why);
}
