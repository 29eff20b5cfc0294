#include "gateway/store/sqlite/checkpointer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/database.h"
#include "common/memory.h"
#include "gateway/store/sqlite/wal_index.h"

/* From this many frames that are not copied on, it is worth while. */
#define DUE 500
/* From this many frames in the WAL on, a publisher's own connection, with SQLite's default, makes a
 * checkpoint in each commit that finds one frame to copy and nobody else at it. */
#define OTHERS_DUE 1000
/* From this many on, writers wait until it can begin anew … */
#define LARGE 4000
/* … and from this many on, so that the file becomes small again, too. That takes a second for a
 * file of two gigabytes, so it is for one that a reader has kept from beginning anew for long. */
#define TOO_LARGE 32768
/* From the end of one to the next: while commits come fast, so that publishers find nothing to
 * copy; otherwise; and after one that did not do all it was to do: writers waited for a reader in
 * vain, or it failed. */
#define SHORT_PAUSE_MS 5
#define PAUSE_MS 100
#define LONG_PAUSE_MS 1000
/* Commits come fast if one copies that many frames. */
#define FAST 20
/* How often it looks for a lock, some 70 us apart. The lock for writing is free for a moment only
 * between two commits, which SQLite's own steps of 1, 2, 5 ms miss. With the looks that are left
 * once it has that lock it waits for readers that are in the way, and writers wait for it. */
#define BUSY_TRIES 150

struct checkpointer {
    pthread_t thread;
    sqlite3 *db, *guard;
    struct wal_index index; /* seen by the guard */
    pthread_mutex_t lock;
    pthread_cond_t asked;
    bool is_asked, is_ending; /* under the lock */
    const struct clock *clock;
    atomic_int_fast64_t next_at; /* steady ms: not before; INT64_MAX: one is under way */
    atomic_int_fast64_t count, took_ms, failures;
    atomic_int code; /* of the last one that failed */
    int copied;      /* frames, when the last one ended */
    bool gave_up;    /* it has looked for a lock for too long */
};

/* Where nobody waits any longer for the lock for writing, SQLite goes on as a passive checkpoint:
 * one without a guard. The interrupt ends it before it counts frames as copied. */
static int on_busy(void *context, int tries)
{
    static const struct timespec nap = {.tv_nsec = 20000};
    struct checkpointer *checkpointer = context;

    checkpointer->gave_up = tries >= BUSY_TRIES;
    if (checkpointer->gave_up) {
        sqlite3_interrupt(checkpointer->db);
        return 0;
    }
    nanosleep(&nap, NULL);
    return 1;
}

static int checkpoint_with(struct checkpointer *checkpointer, int mode, int *copied)
{
    int code = 0xff & sqlite3_wal_checkpoint_v2(checkpointer->db, "main", mode, NULL, copied);

    return checkpointer->gave_up ? SQLITE_BUSY : code;
}

/* Who begins to read while not all is copied reads from the WAL, which cannot begin anew until that
 * ends. `frames`: so many it has at least; 0 where all is copied. */
static int guard_begin(struct checkpointer *checkpointer, int *frames)
{
    struct wal_header before;
    int code;

    wal_index_copy(&checkpointer->index, &before);
    code = 0xff & sqlite3_exec(checkpointer->guard, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1",
                      NULL, NULL, NULL);
    if (code == SQLITE_OK && wal_index_is_owed(&checkpointer->index, &before))
        *frames = (int)wal_header_frames(&before);
    return code;
}

static void guard_end(struct checkpointer *checkpointer)
{
    if (!sqlite3_get_autocommit(checkpointer->guard))
        sqlite3_exec(checkpointer->guard, "ROLLBACK", NULL, NULL, NULL);
}

/* Copies what was committed when it began. `frames`: so many were in the WAL then; it stays 0 where
 * there was nothing to copy. */
static int checkpoint_guarded(struct checkpointer *checkpointer, int *frames, int *copied)
{
    int code = guard_begin(checkpointer, frames);

    if (*frames > 0)
        code = checkpoint_with(checkpointer, SQLITE_CHECKPOINT_PASSIVE, copied);
    guard_end(checkpointer);
    return code;
}

/* Writers wait for the readers that are in the way of a restart, so it is not tried where some were
 * in the way of copying already. It holds the lock for writing from its beginning, so that it needs
 * no guard. */
static int checkpoint_restart(struct checkpointer *checkpointer, int frames, int copied)
{
    if (frames < LARGE || copied < frames)
        return SQLITE_OK;
    return checkpoint_with(checkpointer,
        frames >= TOO_LARGE ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART, NULL);
}

/* A reader or writer in the way, or another connection that makes one, is no failure: the next
 * checkpoint does the rest. */
static bool is_failure(int code)
{
    return code != SQLITE_OK && code != SQLITE_BUSY;
}

static int64_t pause_after(struct checkpointer *checkpointer, int code, int copied)
{
    int fresh = copied - checkpointer->copied;

    checkpointer->copied = copied;
    if (checkpointer->gave_up || is_failure(code))
        return LONG_PAUSE_MS;
    return code == SQLITE_BUSY || fresh < 0 || fresh >= FAST ? SHORT_PAUSE_MS : PAUSE_MS;
}

/* Returns for how long to pause after it. */
static int64_t checkpoint_make(struct checkpointer *checkpointer)
{
    int frames = 0, copied = 0;
    bool has_copied;
    int code;

    checkpointer->gave_up = false;
    code = checkpoint_guarded(checkpointer, &frames, &copied);
    has_copied = code == SQLITE_OK && frames > 0;
    if (has_copied)
        code = checkpoint_restart(checkpointer, frames, copied);
    if (is_failure(code)) {
        checkpointer->code = code;
        checkpointer->failures++;
    } else if (has_copied) {
        checkpointer->failures = 0;
    }
    checkpointer->count += has_copied;
    return pause_after(checkpointer, code, copied);
}

/* Waits until one is asked for. False: the thread ends. */
static bool take_order(struct checkpointer *checkpointer)
{
    bool is_ending;

    pthread_mutex_lock(&checkpointer->lock);
    while (!checkpointer->is_asked && !checkpointer->is_ending)
        pthread_cond_wait(&checkpointer->asked, &checkpointer->lock);
    checkpointer->is_asked = false;
    is_ending = checkpointer->is_ending;
    pthread_mutex_unlock(&checkpointer->lock);
    return !is_ending;
}

static void *checkpointer_run(void *argument)
{
    struct checkpointer *checkpointer = argument;

    pthread_setname_np(pthread_self(), "belfry-wal");
    while (take_order(checkpointer)) {
        int64_t begun = clock_steady_ms(checkpointer->clock);
        int64_t pause = checkpoint_make(checkpointer), ended;

        ended = clock_steady_ms(checkpointer->clock);
        checkpointer->took_ms = ended - begun;
        checkpointer->next_at = ended + pause;
    }
    return NULL;
}

/* Signals are handled on the loop: the thread blocks them all. Returns an error number. */
static int start_thread(struct checkpointer *checkpointer)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&checkpointer->thread, NULL, checkpointer_run, checkpointer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void release(struct checkpointer *checkpointer)
{
    pthread_cond_destroy(&checkpointer->asked);
    pthread_mutex_destroy(&checkpointer->lock);
    database_close(&checkpointer->guard);
    database_close(&checkpointer->db);
    free(checkpointer);
}

struct checkpointer *checkpointer_new(sqlite3 *db, sqlite3 *guard, struct reason *why)
{
    struct checkpointer *checkpointer = mem_zalloc(sizeof(*checkpointer));
    int error;

    checkpointer->db = db;
    checkpointer->guard = guard;
    wal_index_open(&checkpointer->index, guard);
    sqlite3_busy_handler(db, on_busy, checkpointer);
    pthread_mutex_init(&checkpointer->lock, NULL);
    pthread_cond_init(&checkpointer->asked, NULL);
    error = start_thread(checkpointer);
    if (error == 0)
        return checkpointer;
    reason_set(why, "starting the thread for checkpoints: %s", strerror(error));
    release(checkpointer);
    return NULL;
}

static void end_thread(struct checkpointer *checkpointer, bool interrupt)
{
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->is_ending = true;
    pthread_cond_signal(&checkpointer->asked);
    pthread_mutex_unlock(&checkpointer->lock);
    if (interrupt)
        sqlite3_interrupt(checkpointer->db);
    pthread_join(checkpointer->thread, NULL);
}

static void release_orphan(struct checkpointer *checkpointer)
{
    sqlite3_db_config(checkpointer->guard, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(checkpointer->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    release(checkpointer);
}

void checkpointer_free(struct checkpointer *checkpointer, bool orphan)
{
    if (!checkpointer)
        return;
    end_thread(checkpointer, true);
    if (orphan)
        release_orphan(checkpointer);
    else
        release(checkpointer);
}

void checkpointer_finish(struct checkpointer *checkpointer)
{
    if (!checkpointer)
        return;
    end_thread(checkpointer, false);
    release_orphan(checkpointer);
}

/* Where all is copied, the next transaction begins anew by itself, as soon as nobody reads. */
bool checkpointer_is_due(const struct checkpointer *checkpointer, const struct clock *clock,
    uint32_t frames, uint32_t copied)
{
    return frames >= copied + (frames >= OTHERS_DUE ? 1 : DUE) &&
           clock_steady_ms(clock) >= checkpointer->next_at;
}

void checkpointer_ask(struct checkpointer *checkpointer, const struct clock *clock)
{
    checkpointer->next_at = INT64_MAX;
    pthread_mutex_lock(&checkpointer->lock);
    checkpointer->clock = clock;
    checkpointer->is_asked = true;
    pthread_cond_signal(&checkpointer->asked);
    pthread_mutex_unlock(&checkpointer->lock);
}

void checkpointer_tell(const struct checkpointer *checkpointer, struct engine_upkeep *upkeep)
{
    upkeep->checkpoints = (uint64_t)checkpointer->count;
    upkeep->checkpoint_ms = checkpointer->took_ms;
    upkeep->checkpoint_failures = (uint64_t)checkpointer->failures;
    upkeep->checkpoint_error = sqlite3_errstr(checkpointer->code);
}
