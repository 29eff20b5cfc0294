/*
 * tables: the verbs of each file in this directory, the statements they need,
 * and what they share. postgres.c makes the engine from them.
 *
 * Where others may create functions and operators in a schema of the search path
 * (public, before PostgreSQL 15), one of theirs that fits the types better is taken
 * instead of PostgreSQL's own, and runs with the gateway's rights. The path is left
 * alone, since triggers of the application rely on it: so statements name the schema
 * of tables, and give functions and operators exactly the types that they are made
 * for, or name pg_catalog.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_TABLES_H
#define BELFRY_GATEWAY_STORE_POSTGRES_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "gateway/store/engine.h"
#include "gateway/store/postgres/link.h"
#include "gateway/store/postgres/peek.h"
#include "gateway/store/postgres/row_stream.h"

/* A time as the store knows it: 2026-11-22T19:19:00.123Z. The session's time zone is UTC. */
#define ISO(column) "to_char(" column ", 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
/* A parameter that may be "", which is before all times. */
#define FROM(parameter) "coalesce(nullif(" parameter "::text, '')::timestamptz, '-infinity')"

/* The row that a walk is at, from which a verb that shows one row can serve it. */
struct lent_row {
    const PGresult *result; /* NULL: there is none */
    int row;
    int64_t id;
};

/* How far `presence` was read. */
struct presence_walk {
    bool has_all;           /* who was connected at the start is known */
    struct row_stream seen; /* … and what came later, up to this snapshot */
    char *target;           /* the snapshot of the first batch of a walk; NULL: none is under way */
    char *instance, *user;  /* the last one shown in it */
};

struct postgres {
    struct link link; /* first: its engine is given to the verbs */
    struct row_stream notifications, messages, broadcasts, changes, set_backs;
    struct peek peek;
    bool expects_news; /* others have committed since a transaction last read */
    PGresult *ahead;   /* the first new notifications, asked for before they are walked over */
    struct presence_walk presence;
    const char *instance;
    bool has_old_broadcasts;  /* some that were not sent when it began may be left */
    int64_t old_broadcast;    /* … and all up to this one were shown */
    int64_t last_sent_before; /* the last broadcast that was sent before this gateway began */
    bool has_sends;           /* some were sent that are not folded yet, or may have been */
    int64_t folded_at;        /* steady ms: when that was tried last */
    int64_t own_change;       /* the last one of the open transaction that was shown; 0: none */
    struct buf own_xids; /* transactions whose changes were shown while they were open: "12,15" */
    int64_t broadcasts_read_at; /* steady ms: when all new broadcasts were shown */
    int64_t prune_at;           /* steady ms: when old changes are to be removed */
    bool has_missed;            /* some were removed before this gateway had read them */
    struct lent_row lent_notification, lent_broadcast;
};

static inline struct postgres *postgres_of(struct engine *engine)
{
    return container_of(link_of(engine), struct postgres, link);
}

extern const struct query_group postgres_broadcast_queries;
extern const struct query_group postgres_change_queries;
extern const struct query_group postgres_member_queries;
extern const struct query_group postgres_message_queries;
extern const struct query_group postgres_notification_queries;
extern const struct query_group postgres_presence_queries;
extern const struct query_group postgres_retention_queries;
extern const struct query_group postgres_schedule_queries;
extern const struct query_group postgres_sibling_queries;
extern const struct query_group postgres_token_queries;

extern const struct broadcast_verbs postgres_broadcasts;
extern const struct change_verbs postgres_changes;
extern const struct member_verbs postgres_members;
extern const struct message_verbs postgres_messages;
extern const struct notification_verbs postgres_notifications;
extern const struct presence_verbs postgres_presence;
extern const struct retention_verbs postgres_retention;
extern const struct schedule_verbs postgres_schedule;
extern const struct sibling_verbs postgres_siblings;
extern const struct token_verbs postgres_tokens;

/* notification_table.c: queues what a walk over new notifications asks first, for `ahead`: 0, or
 * -1. */
int postgres_notifications_ahead(struct postgres *postgres);
/* broadcast_table.c: adds what the gateways have sent to the broadcasts, outside of a transaction.
 * 0, or -1. */
int postgres_broadcasts_fold(struct postgres *postgres);
/* change_table.c: the transaction that wrote has been committed, or not. */
void postgres_changes_settle(struct postgres *postgres, bool committed);
/* Removes a batch of changes that every gateway should have read by now. 0, 1 if there may be more,
 * or -1. */
int postgres_changes_prune(struct postgres *postgres);
/* sibling_table.c: nobody is known to be connected to another gateway. */
void postgres_presence_start(struct presence_walk *walk);
void postgres_presence_release(struct presence_walk *walk);

#endif
