/*
 * session_store_verbs: what each kind of session_store does its own way.
 */
#ifndef BELFRY_AUTH_SESSION_STORE_VERBS_H
#define BELFRY_AUTH_SESSION_STORE_VERBS_H

#include <stdbool.h>

#include "auth-fcgi/session_statement.h"
#include "common/clock.h"

struct session_store;

struct session_store_verbs {
    void (*free)(struct session_store *store);
    void (*set_busy_timeout)(struct session_store *store, int busy_timeout);
    int (*ready)(struct session_store *store, struct reason *why);
    int (*find)(struct session_store *store, const char *token, session_store_row *row,
        void *context, struct reason *why);
};

/* The first member of each kind. */
struct session_store {
    const struct session_store_verbs *verbs;
    struct session_statement statement;
    char *shown;
    const struct clock *clock;
    struct session_tables tables; /* where the statement has a shape */
    bool is_locked;               /* as of the last look-up */
};

/* For session_store.c alone. */
struct session_store *session_store_sqlite_new(
    enum session_store_kind kind, const char *path, int busy_timeout);
struct session_store *session_store_postgres_new(const char *url);

#endif
