/*
 * store_rig: a store on a real database, driven by a loop; its callbacks are recorded.
 *
 * Tests of what the store promises with any engine are run with each (rig_run): on a SQLite file,
 * and on PostgreSQL where that is built in. Their SQL is what both understand.
 *
 * All functions wait with a deadline, and none sleeps. A second connection stands
 * for other programs; where another process is needed, rig_shell starts the real
 * sqlite3 shell.
 */
#ifndef BELFRY_TESTS_UNIT_STORE_RIG_H
#define BELFRY_TESTS_UNIT_STORE_RIG_H

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "gateway/store/store.h"

#define RIG_ROWS_MAX 200000
#define RIG_IDS_MAX 1000

enum rig_news {
    RIG_ROW,
    RIG_DUE,
    RIG_UNREAD,
    RIG_UPDATED,
    RIG_REMOVED,
    RIG_MARKED,
    RIG_REVOKED,
    RIG_SESSION_OVER,
    RIG_EXPIRING,
    RIG_AVAILABLE,
    RIG_UNAVAILABLE,
    RIG_REPLACED,
    RIG_END,
    RIG_NEWS
};

struct CMUnitTest;
struct rig;

/* Where the queue of a rig is, and how another program uses it. */
struct rig_database {
    void (*make)(struct rig *rig); /* sets rig->settings.database */
    void (*close)(struct rig *rig);
    void (*run)(struct rig *rig, const char *sql);   /* or fails the test */
    char *(*text)(struct rig *rig, const char *sql); /* the one value, "NULL"; malloc()ed */
    /* All that was written so far was written long ago; NULL: the rows' own times say that. */
    void (*age)(struct rig *rig);
};

struct rig {
    const struct rig_database *database;
    char folder[64];
    char path[128], url[256];
    uv_loop_t loop;
    uv_timer_t ticker;  /* ends each turn of the loop within a millisecond */
    struct clock clock; /* the system's, plus these */
    _Atomic int64_t wall_offset, steady_offset;
    struct log_sink sink;
    struct logger log;
    int log_fd;
    struct store_settings settings;
    struct store_news news; /* what is called; it notes what is told */
    const char *session;    /* belfry_sid of the tokens that rig_attach and rig_check show */
    struct store *store;
    sqlite3 *db; /* another program, … */
    void *other; /* … or with PostgreSQL its connection */
    bool has_ended;

    /* What the store reported. */
    size_t told[RIG_NEWS];
    int64_t *rows; /* ids, in order */
    int64_t unread, unseen, not_before;
    int64_t expiring[64];
    size_t expiring_count;
    struct rig_update { /* of the last `updated` */
        int64_t id;
        bool is_pending;
    } updated;
    size_t removed[STORE_REMOVALS]; /* ids, by reason … */
    size_t marked[2];               /* … by whether they were read … */
    int64_t told_ids[RIG_IDS_MAX];  /* … and the last ones of both */
    size_t told_id_count, most_ids; /* the most in one call */
    char last_json[4096], last_user[256], last_hash[32], reason[512];
    uint64_t last_row_at; /* uv_hrtime */
};

/* Runs the tests of `contract` with each engine, and those of `of_files` with SQLite alone. The sum
 * of failures, for main. */
int rig_run(const struct CMUnitTest *contract, size_t count, const struct CMUnitTest *of_files,
    size_t file_count);
#define RIG_RUN(contract, of_files) \
    rig_run(contract, sizeof(contract) / sizeof((contract)[0]), of_files, \
        sizeof(of_files) / sizeof((of_files)[0]))
/* Where rigs that are made from now on have their queue; NULL: in a SQLite file. */
void rig_use(const struct rig_database *database);

/* A folder with a fresh queue; no store yet. */
void rig_init(struct rig *rig);
void rig_release(struct rig *rig);

/* For cmocka: a rig with a running store. */
int rig_set_up(void **state);
/* Likewise; nobody waits for the disk, for tests with many commits. */
int rig_set_up_unsynced(void **state);
int rig_tear_down(void **state);

void rig_start(struct rig *rig);
void rig_stop(struct rig *rig);

/* One turn of the loop, which the ticker keeps short. False: `until` (steady ms) has passed. */
bool rig_loop_turn(struct rig *rig, int64_t until);
/* Runs the loop until `done` returns true, for at most `ms`. Returns whether it did. */
bool rig_until(struct rig *rig, bool (*done)(struct rig *rig), int64_t ms);
/* Waits until that many of a kind were reported. */
bool rig_await(struct rig *rig, enum rig_news news, size_t count, int64_t ms);
/* Runs the loop for that long. */
void rig_idle(struct rig *rig, int64_t ms);

/* Reconnects the test to the file that is there now; it waits for locks like the first. */
void rig_open_again(struct rig *rig);
/* Runs SQL as another program; fails the test if it fails. */
void rig_sql(struct rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* … in another database. */
void rig_sql_of(sqlite3 *db, const char *format, va_list args);
/* Begins a transaction, to be ended by COMMIT, beside which nobody can write. */
void rig_lock(struct rig *rig);
/* Inserts that many rows for a user, one per commit. */
void rig_insert(struct rig *rig, const char *user, int count);
int64_t rig_integer(struct rig *rig, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text of one value, or "NULL"; valid until the next call. */
const char *rig_text(struct rig *rig, char out[512], const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Waits until the SQL returns that integer. */
bool rig_await_integer(struct rig *rig, const char *sql, int64_t value, int64_t ms);
/* Starts the sqlite3 shell on the file, as another process; to be closed with pclose. */
FILE *rig_shell(struct rig *rig);
bool rig_logged(struct rig *rig, const char *text);

#endif
