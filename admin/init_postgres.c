#include "admin/init_postgres.h"

#include <stdlib.h>

#include "common/database_url.h"
#include "common/postgres.h"
#include "common/schema_postgres.h"

#define CONNECT_MS 10000
#define ROLES "belfry_owner, belfry_gateway, belfry_publisher, belfry_publishing, belfry_auth"

struct init_postgres_kind {
    const char *name; /* in JSON */
    const char *schema;
    int (*init)(PGconn *conn, struct schema_postgres_made *made, struct reason *why);
    void (*explain)(const struct admin *admin);
};

static void init_postgres_tell(const struct admin *admin, const struct init_postgres_kind *kind,
    const char *shown, const struct schema_postgres_made *made)
{
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s, s:s}", "database", shown, "kind", kind->name,
                                    "result", made->schema ? "made" : "unchanged"));
    else if (made->schema)
        fprintf(admin->out, "%s: made the schema %s\n", shown, kind->schema);
    else
        fprintf(admin->out, "%s: the schema %s is there, and nothing was to be done\n", shown,
            kind->schema);
    if (made->roles && !admin->json)
        fprintf(admin->out, "%s: made the roles " ROLES "\n", shown);
}

/* Says who may publish, and how to let others in. */
static void explain_queue(const struct admin *admin)
{
    admin_say(admin,
        "no role may use it yet but yours. For the gateway and for a web application that "
        "connect as gate and shop:\n"
        "    GRANT belfry_gateway TO gate; GRANT belfry_publisher TO shop;\n"
        "and, where there is a belfry-publish that connects as web:\n"
        "    GRANT belfry_publishing TO web;");
}

static void explain_sessions(const struct admin *admin)
{
    admin_say(admin,
        "belfry-auth and the gateway look there where session_database under [auth] names this "
        "database. For a belfry-auth that connects as login:\n"
        "    GRANT belfry_auth TO login;\n"
        "Who makes users and sessions, by belfry user and belfry session or by SQL, needs:\n"
        "    GRANT belfry_owner TO …;");
}

static const struct init_postgres_kind queue_kind = {
    "queue", "belfry", schema_postgres_init, explain_queue};
static const struct init_postgres_kind sessions_kind = {
    "sessions", "belfry_sessions", schema_postgres_init_sessions, explain_sessions};

static void init_postgres_explain(const struct admin *admin, const struct init_postgres_kind *kind,
    const struct schema_postgres_made *made)
{
    if (made->schema && made->lacks_roles)
        admin_say(admin,
            "the schema is its maker's, since some of the roles " ROLES
            " are missing and could not be made (%s)",
            made->why_no_roles.text);
    else if (made->schema)
        kind->explain(admin);
}

static int init_postgres_make(
    struct admin *admin, const struct init_postgres_kind *kind, const char *url)
{
    struct schema_postgres_made made;
    struct reason why;
    char *shown = database_url_shown(url);
    PGconn *conn = postgres_connect(url, "belfry", CONNECT_MS, &why);
    int result = conn ? kind->init(conn, &made, &why) : -1;

    postgres_close(conn);
    if (result < 0) {
        admin_say(admin, "%s: %s", shown, why.text);
    } else {
        init_postgres_tell(admin, kind, shown, &made);
        init_postgres_explain(admin, kind, &made);
    }
    free(shown);
    return result < 0 ? ADMIN_REFUSED : ADMIN_DONE;
}

int init_postgres_queue(struct admin *admin, const struct arguments *arguments)
{
    if (arguments_value(arguments, "--owner") || arguments_value(arguments, "--group"))
        return admin_misuse(admin, "--owner and --group are of files: PostgreSQL has roles");
    return init_postgres_make(admin, &queue_kind, admin->config.database);
}

int init_postgres_sessions(struct admin *admin, const char *url)
{
    return init_postgres_make(admin, &sessions_kind, url);
}
