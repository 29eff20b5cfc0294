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
};

static int lookup_open_store(struct session_lookup *lookup, struct reason *why)
{
    if (lookup->store)
        return 0;
    char *path = config_session_database(lookup->context->config);
    if (!path && config_session_fault(lookup->context->config, why) < 0)
        return -1;
    if (!path)
        return reason_set(why,
            "there is no session database: set session_database under [auth] to the application's, "
            "or to one that `belfry init --sessions` has made");
    lookup->store = session_store_new(SESSION_STORE_OF_SESSIONS, path, SESSION_STORE_BUSY_TIMEOUT,
        lookup->context->clock, &(const struct session_statement){.shape = lookup->shape});
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
    free(lookup);
}

struct lookup_row {
    struct session_lookup *lookup;
    struct session_row_reading reading;
};

/* A session_store_row: judges the row, which says by itself whether the session is over. */
static int row_judge(void *context, const struct stored_row *row, struct reason *why)
{
    struct lookup_row *found = context;
    const struct session_tables *tables = session_store_tables(found->lookup->store);
    struct stored_value over = row->value(row, SESSION_ROW_COLUMN_OVER);

    found->reading.is_keyed = tables->schema != NULL;
    if (over.kind == STORED_NULL)
        return session_row_read(&found->reading, row, why);
    session_tables_explain(tables, over.integer, why);
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
        session_store_tables(lookup->store)->session, session_store_shown(lookup->store));
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
    buf_addf(out, "  database %s: ", session_store_shown(lookup->store));
    session_tables_describe(session_store_tables(lookup->store), out);
    buf_add_char(out, '\n');
    return 0;
}
