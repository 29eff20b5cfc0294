/*
 * link_state: what a link (link.h) consists of.
 */
#ifndef BELFRY_GATEWAY_STORE_POSTGRES_LINK_STATE_H
#define BELFRY_GATEWAY_STORE_POSTGRES_LINK_STATE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/container_of.h"
#include "gateway/store/cell.h"
#include "gateway/store/engine.h"

#define LINK_ANSWER_MS 7000
#define LINK_PENDING_MAX 64
/* The channel on which gateways tell each other what is not stored … */
#define LINK_LIVE_CHANNEL "belfry_live"
/* … and the one that tells that somebody came to a gateway, or went. */
#define LINK_PRESENCE_CHANNEL "belfry_presence"
/* How many bytes of texts from the live channel may wait here. */
#define LINK_HEARD_MAX ((size_t)256 << 10)
/* The lock of whoever tidies up for all of them, for a transaction: two numbers, the first of which
 * stands for Belfry among the locks of the application. */
#define LINK_LOCK_UPKEEP "1111837767, 1"
/* The number of a transaction, as text: at most 20 digits. */
#define LINK_XID_SIZE 24

/* The statements of a noun; `sql` is indexed by an enum of the file that has them. */
struct query_group {
    const char *name; /* of the noun, for the names of prepared statements */
    const char *const *sql;
    size_t count;
};
#define LINK_QUERIES_MAX 32 /* of a group */

/* Names a group. */
enum query_groups {
    QUERIES_BROADCASTS,
    QUERIES_CHANGES,
    QUERIES_FIRST_LOOK,
    QUERIES_MEMBERS,
    QUERIES_MESSAGES,
    QUERIES_NOTIFICATIONS,
    QUERIES_PEEK,
    QUERIES_PRESENCE,
    QUERIES_RETENTION,
    QUERIES_SCHEDULE,
    QUERIES_SIBLINGS,
    QUERIES_TOKENS,
    QUERY_GROUPS
};

/* The parameters of one statement, in order. Texts are borrowed. */
#define PARAMS_MAX 12
struct params {
    const char *values[PARAMS_MAX];
    char numbers[PARAMS_MAX][24];
    int count;
};

/* How far a transaction is. */
enum link_transaction {
    LINK_NONE,
    LINK_BEGUN, /* its BEGIN waits for the first statement */
    LINK_OPEN,  /* the server knows of it */
};

/* A statement that was queued: what is set to whether it succeeds, and to its answer if it does;
 * each may be NULL. */
struct link_pending {
    bool *good;
    PGresult **answer;
};

struct link;

/* What each transaction begins with. Its first statement tells the snapshot, in column 0, and the
 * number of a transaction that writes, in column 1. */
struct link_opening {
    enum query_groups group;
    int reads, writes; /* the statements */
    void (*add_parameters)(struct link *link, struct params *params);
    /* Queues what is better sent along (link_tell_for). 0, or -1. */
    int (*send_along)(struct link *link);
    /* The transaction is open. 0, or -1 if it cannot go on: the link is lost. */
    int (*take)(struct link *link, const PGresult *first);
};

struct link {
    struct engine engine; /* first: its verbs are given this */
    const char *url;
    PGconn *conn; /* NULL while it is not open */
    const struct query_group *const *groups;
    const struct link_opening *opening;
    const char *epoch; /* of the server, which its owner reads; another one is another server */
    bool is_pooled;    /* nothing in the session at the server outlasts a transaction */
    bool is_prepared[QUERY_GROUPS][LINK_QUERIES_MAX];
    bool is_lost; /* nothing more is asked of this connection */
    enum link_transaction transaction;
    bool is_writing, is_durable; /* the transaction */
    char xid[LINK_XID_SIZE];     /* of the open transaction, if it writes … */
    char *snapshot;              /* … and what it sees, as PostgreSQL writes it */
    struct link_pending pending[LINK_PENDING_MAX]; /* statements whose answers are awaited */
    size_t pending_count;
    int unread;  /* synchronizations behind answers that nobody waits for */
    int noticed; /* commits by others that were told of, or may have been, and not looked at */
    bool has_presence; /* somebody came to another gateway, or went, or may have */
    struct buf heard;  /* texts from the live channel, each with its NUL … */
    size_t unheard;    /* … and how many were thrown away, because too many came */
};

static inline struct link *link_of(struct engine *engine)
{
    return container_of(engine, struct link, engine);
}

#endif
