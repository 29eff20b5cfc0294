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
 * The setting `database` chooses the engine when the store is made (engines.h):
 * SQLite (sqlite/), which one gateway at a time has for itself, or PostgreSQL
 * (postgres/), which any number of gateways share.
 *
 * Verbs may block, SQLite's for a few milliseconds, PostgreSQL's for a round
 * trip: the thread exists for that. None waits without a bound.
 *
 * What differs between the two, so that the store may rely on neither:
 *
 * - With SQLite a new row has a higher id than the last one seen. PostgreSQL
 *   draws ids before the commit, so its engine shows what is new by snapshots
 *   (postgres/row_stream.h). An id is only a name: that a lower one was committed
 *   earlier holds for SQLite alone.
 * - The answer to a commit can be lost on the way (ENGINE_UNCERTAIN). The store
 *   then writes its own changes again, which does no harm if they were committed;
 *   errands are told (ERRAND_UNCERTAIN), and either look up what is there when
 *   they write again, or end as STORE_UNCERTAIN (verdict.h).
 * - A lock may be on one row alone: then only what needs that row waits
 *   (marks.h, errands/scheduler.h).
 * - Others may confirm a row: whether that was before or after a scan began, the
 *   moments of this loop (store_confirm_moment) do not tell, but marks do
 *   (sibling_verbs.h).
 * - Each gateway tells a broadcast to its own clients, and `recipients` is the
 *   sum.
 * - Only silence shows that another gateway is dead, unless the engine has a lock
 *   that admits one.
 * - What other gateways' clients do comes from rows, and from what gateways tell
 *   each other (sibling_verbs.h).
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

struct store_locks;

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
    /* Another gateway uses the queue beside this one, for a while, as one takes the other's place:
     * the engine of a queue that is otherwise one gateway's own then leaves to the other what that
     * needs, and shows what it does (sibling_verbs.h). */
    bool has_company;
    bool keeps_company;          /* … even if there is no sign of the other yet */
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
    uint64_t wal_bytes;  /* the length of its file, as it was within the last second */
};

/* Opening, transactions, and noticing what others do to the database. */
struct engine_life {
    void (*free)(struct engine *engine);

    /* Opens the database, and migrates an older queue. Fails, and changes nothing, if it is not a
     * queue or another gateway serves it. Waits hardly longer than `busy_ms` for locks. */
    int (*open)(struct engine *engine, int busy_ms);
    /* The locks by which it keeps other gateways off, lent; NULL: others may come. */
    void (*locks)(const struct engine *engine, struct store_locks *locks);
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
