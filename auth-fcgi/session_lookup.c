#include "auth-fcgi/session_lookup.h"

#include <stdlib.h>

#include "auth-fcgi/session_row.h"
#include "auth-fcgi/session_store.h"
#include "common/memory.h"

struct session_lookup {
    const struct source_context *context;
    const struct session_shape *shape;
    bool optional;
    struct session_store *store; /* NULL until there is a session database */
    struct session_tables tables;
};

static int lookup_compose(void *context, sqlite3 *db, struct buf *sql, struct reason *why)
{
    struct session_lookup *lookup = context;

    session_tables_release(&lookup->tables);
    if (session_tables_find(&lookup->tables, db, lookup->shape, why) < 0)
        return -1;
    session_tables_compose(&lookup->tables, sql);
    return 0;
}

static int lookup_open_store(struct session_lookup *lookup, struct reason *why)
{
    if (lookup->store)
        return 0;
    char *path = config_session_database(lookup->context->config);
    if (!path && config_session_fault(lookup->context->config, why) < 0)
        return -1;
    if (!path)
        return reason_set(why,
            "there is no session database: set session_database under [auth], or make one with: "
            "belfry init --sessions");
    lookup->store = session_store_new(SESSION_STORE_OF_SESSIONS, path, SESSION_STORE_BUSY_TIMEOUT,
        lookup->context->clock, lookup_compose, lookup);
    free(path);
    return 0;
}

struct session_lookup *session_lookup_new(
    const struct source_context *context, const struct session_shape *shape, bool optional)
{
    struct session_lookup *lookup = mem_zalloc(sizeof(*lookup));

    lookup->context = context;
    lookup->shape = shape;
    lookup->optional = optional;
    return lookup;
}

void session_lookup_free(struct session_lookup *lookup)
{
    session_store_free(lookup->store);
    session_tables_release(&lookup->tables);
    free(lookup);
}

struct lookup_row {
    struct session_lookup *lookup;
    struct session_row_reading reading;
};

/* A session_store_row: judges the row, which says by itself whether the session is over. */
static int row_judge(void *context, sqlite3_stmt *row, struct reason *why)
{
    struct lookup_row *found = context;

    if (sqlite3_column_type(row, SESSION_ROW_COLUMN_OVER) == SQLITE_NULL)
        return session_row_read(&found->reading, row, why);
    session_tables_explain(
        &found->lookup->tables, sqlite3_column_int64(row, SESSION_ROW_COLUMN_OVER), why);
    return SESSION_REFUSED;
}

enum session_verdict session_lookup_find(
    struct session_lookup *lookup, const char *token, struct session *session, struct reason *why)
{
    struct lookup_row found = {
        .lookup = lookup,
        .reading = {.session = session,
            .columns = &session_row_columns_of_tables,
            .clock = lookup->context->clock,
            .token = token},
    };

    if (lookup_open_store(lookup, why) < 0)
        return lookup->optional ? SESSION_REFUSED : SESSION_UNAVAILABLE;
    session_store_set_busy_timeout(lookup->store, lookup->context->busy_timeout);
    int result = session_store_find(lookup->store, token, row_judge, &found, why);
    if (result == SESSION_STORE_UNAVAILABLE)
        return session_store_is_locked(lookup->store) ? SESSION_LOCKED : SESSION_UNAVAILABLE;
    if (result != SESSION_STORE_NO_ROW)
        return (enum session_verdict)result;
    reason_set(why,
        "no row of %s in %s has this session token: either the visitor has signed out, or this is "
        "not the application's database",
        lookup->tables.session, session_store_path(lookup->store));
    return SESSION_REFUSED;
}

int session_lookup_describe(struct session_lookup *lookup, struct buf *out)
{
    struct reason why;

    if (lookup_open_store(lookup, &why) < 0) {
        buf_addf(out, "  %s\n", why.text);
        return lookup->optional ? 0 : -1;
    }
    if (session_store_ready(lookup->store, &why) < 0) {
        buf_addf(out, "  %s\n", why.text);
        return -1;
    }
    buf_addf(out, "  database %s: ", session_store_path(lookup->store));
    session_tables_describe(&lookup->tables, out);
    buf_add_char(out, '\n');
    return 0;
}
