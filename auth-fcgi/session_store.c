#include "auth-fcgi/session_store.h"

#include <stdlib.h>

#include "auth-fcgi/session_store_verbs.h"
#include "build-config.h"
#include "common/database_url.h"

struct session_store *session_store_new(enum session_store_kind kind, const char *database,
    int busy_timeout, const struct clock *clock, const struct session_statement *statement)
{
    struct session_store *store;

#ifdef WITH_POSTGRESQL
    if (database_url_is(database))
        store = session_store_postgres_new(database);
    else
#endif
        store = session_store_sqlite_new(kind, database, busy_timeout);
    store->statement = *statement;
    store->clock = clock;
    store->shown = database_url_shown(database);
    return store;
}

void session_store_free(struct session_store *store)
{
    if (!store)
        return;
    session_tables_release(&store->tables);
    free(store->shown);
    store->verbs->free(store);
}

const char *session_store_shown(const struct session_store *store)
{
    return store->shown;
}

const struct session_tables *session_store_tables(const struct session_store *store)
{
    return &store->tables;
}

void session_store_set_busy_timeout(struct session_store *store, int busy_timeout)
{
    store->verbs->set_busy_timeout(store, busy_timeout);
}

bool session_store_is_locked(const struct session_store *store)
{
    return store->is_locked;
}

int session_store_ready(struct session_store *store, struct reason *why)
{
    return store->verbs->ready(store, why);
}

int session_store_find(struct session_store *store, const char *token, session_store_row *row,
    void *context, struct reason *why)
{
    return store->verbs->find(store, token, row, context, why);
}
