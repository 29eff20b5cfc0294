/*
 * engine: the database behind the store, and how its thread speaks to it.
 *
 * An engine is a struct of its own that begins with `struct engine`, and tables
 * of functions, its verbs, one table for each noun:
 *
 *     if (engine->life->begin(engine) < 0) …engine->why…
 *
 * A verb takes plain arguments and gives plain structs. It knows SQL and what
 * lies beneath; it decides nothing, logs nothing and counts nothing. It returns
 * -1 where it failed, and then `trouble`, `code` and `why` say what happened.
 * A verb for many rows walks over them: it calls `visit` for each, whose row is
 * lent for the call and which returns 1 to go on, 0 to stop, or -1 where a verb
 * that it called itself failed. Such a walk returns 1 at the end of the rows, 0
 * where it was stopped before, or -1. A visit may read one row by its id.
 * Only the store's thread calls verbs.
 *
 * The engine is chosen when the store is made, by what `database` names
 * (engines.h). Today there is one: SQLite, in sqlite/.
 *
 * Verbs may block, as SQLite's do for a few milliseconds: the thread is there for that. One that
 * speaks to a network need not: while its answer is on the way it may fail with ENGINE_BUSY, and
 * have wake_fd tell of the answer. Whatever called it is then called again, from its beginning and
 * with the same arguments.
 *
 * What the store takes for granted today, and what an engine that several gateways share must give
 * instead:
 *
 * - Ids become visible in order: whatever is new has a higher id than the last one seen. Elsewhere
 *   ids are drawn before the commit; such an engine must tell of rows in the order of commit, and
 *   remember which of them it has told. An id is a name: that a lower one was committed earlier is
 *   a promise of this engine alone.
 * - What a commit did is known when it returns. An engine behind a network can lose the answer
 *   (ENGINE_UNCERTAIN). Whatever the store writes by itself is then written again, which changes
 *   nothing where it was written; errands are told (ERRAND_UNCERTAIN), and either look up what is
 *   there when they write again, or end as STORE_UNCERTAIN (verdict.h).
 * - What was confirmed before a scan began, and what after it, is told by moments made on one loop
 *   (store_confirm_moment). With several, delivered_at must have an order that all of them share:
 *   that of the commits, or of the database's own clock.
 * - The first who tells a broadcast marks it sent, for nobody else tells it. With several, each
 *   tells its own clients, the mark says which of them has, and `recipients` adds up.
 * - Gateways of the same host that are in `gateways` at the start are dead, since the lock that
 *   engines_new takes keeps a second one out. Elsewhere only silence tells that one is dead.
 * - Who is typing, who is connected and how many rows are unread stand in this process's memory,
 *   and follow what the engine tells of changes. With several, each must hear of what the others'
 *   clients did, by rows or by the engine's own notices.
 */
#ifndef BELFRY_GATEWAY_STORE_ENGINE_H
#define BELFRY_GATEWAY_STORE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/reason.h"

#define ENGINE_NAME_SIZE 65

enum engine_trouble {
    ENGINE_BUSY,        /* somebody else holds what is needed: try again soon */
    ENGINE_REFUSES_ROW, /* it does not take that one row: the transaction goes on without it */
    ENGINE_BROKEN,      /* anything else: what is open is not trusted any more */
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
    const struct token_verbs *tokens;
    bool is_open;
    char name[ENGINE_NAME_SIZE]; /* the queue's own random name, as of when it was opened */
    struct reason mended;        /* what was put right when it was opened; empty: nothing */
    /* Of the last verb that failed. */
    enum engine_trouble trouble;
    int code; /* the engine's own number for it: another number, another trouble */
    struct reason why;
};

/* Opening, transactions, and what others do to the database meanwhile. */
struct engine_life {
    void (*free)(struct engine *engine);

    /* Opens, and migrates a queue that is older. What is no queue, or is served by another gateway,
     * is left alone. Waits at most `busy_ms` for a lock. */
    int (*open)(struct engine *engine, int busy_ms);
    /* Writes waiting for others' locks wait that long from now on. */
    void (*wait)(struct engine *engine, int busy_ms);
    void (*close)(struct engine *engine);
    /* Something is wrong with what is open: closes it without another write. */
    void (*abandon)(struct engine *engine);
    /* What should be said to the log about how the database lies there, once it is open; empty
     * where all is well. */
    void (*advise)(const struct engine *engine, struct reason *advice);

    /* The highest ids ever given in it, 0 where none was. */
    int (*last_ids)(struct engine *engine, int64_t *notification, int64_t *message);
    /* The latest delivery or sign of life in it that is not after `upto`, in Unix milliseconds; 0:
     * none. Of the last rows only: there may be any number. */
    int (*newest_moment)(struct engine *engine, const char *upto, int64_t *wall_ms);

    /* Whether what is open is still what `database` names: 0, or -1 with what became of it. Then
     * it has saved what could be saved, and must be abandoned. */
    int (*check)(struct engine *engine);
    /* Whether somebody else committed since it was asked last: 1, 0 or -1. */
    int (*has_changed)(struct engine *engine);
    /* Whether it is the queue that was remembered, with ids that have not gone back behind these:
     * 1, 0 or -1. */
    int (*is_same)(struct engine *engine, int64_t last_notification, int64_t last_message);
    void (*remember)(struct engine *engine);

    /* A transaction that reads, all of it from one moment of the database; ends with commit. */
    int (*begin)(struct engine *engine);
    /* One that writes. `durable`: its commit survives a power failure, as `synchronous` says. */
    int (*begin_writing)(struct engine *engine, bool durable);
    int (*commit)(struct engine *engine);
    void (*rollback)(struct engine *engine);
    /* Outside of any transaction, once in each turn: work of its own that may be put off while it
     * is not calm. `clock` is read again behind it. */
    void (*tidy)(struct engine *engine, const struct clock *clock, bool is_calm);

    /* How it learns that others committed without asking all the time. A descriptor to poll for
     * reading, or -1: the caller polls the database. */
    int (*wake_fd)(const struct engine *engine);
    /* Milliseconds until the database is to be looked at though nothing came, -1: not needed. */
    int (*wake_pause)(const struct engine *engine, int64_t steady);
    /* Reads what came on the descriptor. Whether it concerns the database. */
    bool (*wake_take)(struct engine *engine, int64_t steady);
    /* After each wait. Whether it is in doubt that what is open is still what `database` names. */
    bool (*wake_step)(struct engine *engine, int64_t steady);
    /* Makes sure that it is still awake. 0, or -1 with the reason why it cannot learn of commits.*/
    int (*wake_renew)(struct engine *engine, struct reason *why);
};

#endif
