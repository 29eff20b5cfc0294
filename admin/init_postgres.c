#include "admin/init_postgres.h"

#include <stdlib.h>

#include "common/database_url.h"
#include "common/postgres.h"
#include "common/schema_postgres.h"

#define CONNECT_MS 10000
#define ROLES "belfry_owner, belfry_gateway, belfry_publisher, belfry_publishing"

static void init_postgres_tell(
    const struct admin *admin, const char *shown, const struct schema_postgres_made *made)
{
    if (admin->json)
        admin_print_json(admin, json_pack("{s:s, s:s, s:s}", "database", shown, "kind", "queue",
                                    "result", made->schema ? "made" : "unchanged"));
    else
        fprintf(admin->out, "%s: %s\n", shown,
            made->schema ? "the schema belfry made" : "is there, and nothing was to be done");
    if (made->roles && !admin->json)
        fprintf(admin->out, "%s: the roles " ROLES " made\n", shown);
}

/* Says who may publish, and how to let others in. */
static void init_postgres_explain(
    const struct admin *admin, const struct schema_postgres_made *made)
{
    if (made->schema && made->lacks_roles)
        admin_say(admin,
            "the schema is its maker's, since some of the roles " ROLES
            " are missing and could not be made (%s)",
            made->why_no_roles.text);
    else if (made->schema)
        admin_say(admin,
            "no role may use it yet but yours. For the gateway and for a web application that "
            "connect as gate and shop:\n"
            "    GRANT belfry_gateway TO gate; GRANT belfry_publisher TO shop;\n"
            "and, where there is a belfry-publish that connects as web:\n"
            "    GRANT belfry_publishing TO web;");
}

static int init_postgres_make(struct admin *admin, const char *shown)
{
    struct schema_postgres_made made;
    struct reason why;
    PGconn *conn = postgres_connect(admin->config.database, "belfry", CONNECT_MS, &why);
    int result;

    if (!conn)
        return admin_refuse(admin, "%s: %s", shown, why.text);
    result = schema_postgres_init(conn, &made, &why);
    postgres_close(conn);
    if (result < 0)
        return admin_refuse(admin, "%s: %s", shown, why.text);
    init_postgres_tell(admin, shown, &made);
    init_postgres_explain(admin, &made);
    return ADMIN_DONE;
}

int init_postgres_run(struct admin *admin, const struct arguments *arguments)
{
    char *shown = database_url_shown(admin->config.database);
    int status;

    if (arguments_value(arguments, "--owner") || arguments_value(arguments, "--group"))
        status = admin_misuse(admin, "--owner and --group are of files: PostgreSQL has roles");
    else if (arguments_value(arguments, "--sessions"))
        status = admin_refuse(admin, "--sessions makes a file so far: name a file by --database");
    else
        status = init_postgres_make(admin, shown);
    free(shown);
    return status;
}
