/*
 * engine: the database behind the store, as the store's thread uses it.
 *
 * An engine is a struct that begins with `struct engine`, and has tables of
 * functions, its verbs, one table for each noun:
 *
 *     if (engine->life->begin(engine) < 0) …engine->why…
 *
 * A verb takes plain arguments and returns plain structs. It knows SQL and
 * everything below; it decides nothing, logs nothing and counts nothing. If it
 * fails it returns -1, and `trouble`, `code` and `why` say what happened. A
 * verb for many rows walks over them: it calls `visit` for each, with a row
 * that is lent for the call. `visit` returns 1 to go on, 0 to stop, or -1 if a
 * verb that it called failed. The walk then returns 1 at the end of the rows, 0
 * if it was stopped before, or -1. A visit may read one row by its id. Only the
 * store's thread calls verbs.
 *
 * The setting `database` chooses the engine when the store is made (engines.h).
 * Today there is one: SQLite, in sqlite/.
 *
 * Verbs may block, as SQLite's do for a few milliseconds: the thread exists for
 * that. A verb that waits for a network may instead fail with ENGINE_BUSY, and
 * make wake_fd readable when the answer has come. Its caller is then run again
 * from the beginning, with the same arguments.
 *
 * What the store assumes today, and what an engine shared by several gateways
 * must provide instead:
 *
 * - Ids become visible in order: a new row has a higher id than the last one
 *   seen. Other databases assign ids before the commit; such an engine must
 *   report rows in the order of commit, and remember which of them it has
 *   reported. An id is only a name: that a lower id was committed earlier holds
 *   for SQLite alone.
 * - The result of a commit is known when it returns. An engine behind a network
 *   can lose the answer (ENGINE_UNCERTAIN). The store then writes its own
 *   changes again, which does no harm if they were committed; errands are told
 *   (ERRAND_UNCERTAIN), and either look up what is there when they write again,
 *   or end as STORE_UNCERTAIN (verdict.h).
 * - Moments made on one loop decide whether a row was confirmed before or after
 *   a scan began (store_confirm_moment). With several gateways, delivered_at
 *   needs an order that all of them share: that of the commits, or of the
 *   database's own clock.
 * - The first gateway to tell a broadcast marks it sent, since no other tells
 *   it. With several, each tells its own clients, the mark says which gateways
 *   have, and `recipients` is their sum.
 * - Other gateways of this host that are in `gateways` at the start are dead,
 *   since the lock that engines_new takes admits only one. Without such a lock,
 *   only silence shows that a gateway is dead.
 * - Who is typing, who is connected and how many rows are unread is kept in
 *   this process's memory, and updated from the engine's changes. With several
 *   gateways, each must learn what the others' clients did, from rows or from
 *   the engine's own notifications.
 */
#ifndef BELFRY_GATEWAY_STORE_ENGINE_H
#define BELFRY_GATEWAY_STORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"

#define ENGINE_NAME_SIZE 65

enum engine_trouble {
    ENGINE_BUSY,        /* another process holds a lock: try again soon */
    ENGINE_REFUSES_ROW, /* it rejects that one row: the transaction goes on without it */
    ENGINE_BROKEN,      /* anything else: the open database is not trusted any more */
    ENGINE_UNCERTAIN    /* the answer to a commit was lost; SQLite never says so */
};

struct engine {
    const struct engine_life *life;
    const struct message_verbs *messages;
    const struct member_verbs *members;
    const struct broadcast_verbs *broadcasts;
    const struct change_verbs *changes;
    const struct notification_verbs *notifications;
    const struct presence_verbs *presence;
    const struct retention_verbs *retention;
    const struct schedule_verbs *schedule;
    const struct sibling_verbs *siblings; /* NULL: there can be no other gateway */
    const struct token_verbs *tokens;
    bool is_open;
    bool is_shared;              /* others may write while a transaction of the gateway does */
    char name[ENGINE_NAME_SIZE]; /* the queue's own random name, read when it was opened */
    struct reason mended;        /* what was repaired when it was opened; empty: nothing */
    /* Of the last verb that failed. */
    enum engine_trouble trouble;
    int code; /* the engine's own error number: a different number is a different trouble */
    struct reason why;
};

/* The engine's own maintenance, for /metrics. */
struct engine_upkeep {
    uint64_t checkpoints;         /* since the database was opened; without those that failed */
    int64_t checkpoint_ms;        /* how long the last one took */
    uint64_t checkpoint_failures; /* since the last one that did not fail … */
    const char *checkpoint_error; /* … and what is wrong if there are any; a constant */
    int64_t last_notification;    /* the highest id, as it was when is_same asked last */
    uint64_t wal_frames; /* pages committed since the WAL was last begun anew, whether they are
                            copied into the database itself or not */
};

/* Opening, transactions, and noticing what others do to the database. */
struct engine_life {
    void (*free)(struct engine *engine);

    /* Opens the database, and migrates an older queue. Fails, and changes nothing, if it is not a
     * queue or another gateway serves it. Waits hardly longer than `busy_ms` for locks. */
    int (*open)(struct engine *engine, int busy_ms);
    /* From now on writes wait that long for the locks of others. */
    void (*wait)(struct engine *engine, int busy_ms);
    void (*close)(struct engine *engine);
    /* Closes without another write, because something is wrong with the open database. */
    void (*abandon)(struct engine *engine);
    /* Advice to log about where or how the database is stored, once it is open; empty if there is
     * none. */
    void (*advise)(const struct engine *engine, struct reason *advice);

    /* The highest ids ever assigned in it, 0 if none. */
    int (*last_ids)(struct engine *engine, int64_t *notification, int64_t *message);
    /* The latest delivery or sign of life in it that is not after `upto`, in Unix milliseconds; 0:
     * none. Looks at the last rows only, since there may be any number. */
    int (*newest_moment)(struct engine *engine, const char *upto, int64_t *wall_ms);

    /* Whether the open database is still the one that `database` names: 0, or -1 with what became
     * of it. In that case the engine has saved what it could, and the caller must abandon it. */
    int (*check)(struct engine *engine);
    /* How often others committed since the last call, or 1 if that often is not known; 0: nobody
     * did; or -1. */
    int (*commits_of_others)(struct engine *engine);
    /* Whether this is the remembered queue, and its ids have not gone back below these: 1, 0 or
     * -1. */
    int (*is_same)(struct engine *engine, int64_t last_notification, int64_t last_message);
    void (*remember)(struct engine *engine);

    /* Begins a transaction that reads from one snapshot; commit ends it. */
    int (*begin)(struct engine *engine);
    /* Whether that snapshot shows more than commits_of_others has told of, as it may where that
     * comes from afar: 1, 0 or -1. Whoever asks after a commit must not miss it in the answer. */
    int (*shows_more)(struct engine *engine);
    /* Begins one that writes. `durable`: its commit is as safe against a power failure as
     * `synchronous` says. */
    int (*begin_writing)(struct engine *engine, bool durable);
    int (*commit)(struct engine *engine);
    void (*rollback)(struct engine *engine);
    /* Called once a turn, outside of any transaction: starts the engine's own maintenance where it
     * is due, and does not wait for it. `clock` must outlive the open database. */
    void (*tidy)(struct engine *engine, const struct clock *clock, struct engine_upkeep *upkeep);

    /* How the thread learns of commits by others without polling the database: a descriptor to poll
     * for reading, or -1: there is none, or a look is due so soon (wake_pause) that events
     * are left to it. */
    int (*wake_fd)(const struct engine *engine);
    /* Microseconds until the database must be looked at even without an event; -1: not needed. */
    int64_t (*wake_pause)(const struct engine *engine, int64_t steady);
    /* Reads the events of the descriptor. Returns whether they concern the database. */
    bool (*wake_take)(struct engine *engine, int64_t steady);
    /* Called after each wait. Returns whether the open database may have been replaced. */
    bool (*wake_step)(struct engine *engine, int64_t steady);
    /* Makes sure that wake-ups still work. 0, or -1 with the reason why they do not. */
    int (*wake_renew)(struct engine *engine, struct reason *why);
};

/* A look at a queue before a gateway uses it. */
struct engine_check {
    const char *database;
    int busy_ms;                                         /* for a lock */
    bool notify;                                         /* the gateway is to be woken by NOTIFY */
    void (*advise)(void *context, const char *sentence); /* something should be changed */
    void *context;
    char server[256]; /* is set: which server it is, as which login; "" for a file */
};

#endif
