/*
 * queue: all that the thread knows, and the parts that work on it.
 *
 * One thread owns it from start to end; the loop touches nothing in it but the
 * two mailboxes, the atomics of `shared`, and the eventfd.
 *
 * A turn of the thread goes thus (turn.c): take all requests; write what is to
 * be written, all in one transaction; tell what is new and answer what is
 * asked, both from one moment of the file. What is answered or told before a row is
 * seen never speaks of it: every read is bounded by `last_seen`, the highest id
 * that was told of, or was there at the start.
 */
#ifndef BELFRY_GATEWAY_STORE_QUEUE_H
#define BELFRY_GATEWAY_STORE_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "gateway/store/chat.h"
#include "gateway/store/failures.h"
#include "gateway/store/health.h"
#include "gateway/store/logout.h"
#include "gateway/store/mailbox.h"
#include "gateway/store/marks.h"
#include "gateway/store/request.h"
#include "gateway/store/set_back.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/wake.h"
#include "gateway/store/store.h"
#include "gateway/store/watch.h"

/* What both sides read and write. */
struct shared {
    struct mailbox requests;
    struct mailbox parcels; /* answers and news */
    void (*open_news)(struct store *store, struct parcel *parcel);
    struct parcel ended; /* the last of them */
    int bell;            /* an eventfd: something for the thread */
    uv_async_t async;    /* something for the loop */
    atomic_size_t octets_under_way;
    atomic_int news_under_way;
    atomic_size_t unmarked;
    atomic_uint_fast64_t counters[24]; /* by enum counter */
    atomic_bool is_available;
    atomic_bool holds_talk; /* while set, the loop takes no messages and broadcasts */
    /* No moment before it may be given out any more, and none behind it has been, but for the
     * clock. */
    atomic_int_fast64_t moment;
    atomic_int_fast64_t turn_since; /* steady ms: when the turn under way began; -1: none is */
    atomic_int doing;               /* enum doing: what that turn is at */
};

/* What a turn is at, in order. */
enum doing { DOING_PLACE, DOING_WRITING, DOING_READING, DOING_CHECKPOINT, DOING_SESSIONS, DOINGS };

enum counter {
    COUNTER_ROWS_READ,
    COUNTER_ROWS_MARKED,
    COUNTER_ROWS_EXPIRED,
    COUNTER_ROWS_FAILED,
    COUNTER_ROWS_PURGED,
    COUNTER_ROWS_COUNTED,
    COUNTER_MESSAGES_SAID,
    COUNTER_MESSAGES_READ,
    COUNTER_MESSAGES_FAILED,
    COUNTER_BROADCASTS_TOLD,
    COUNTER_COMMITS,
    COUNTER_BUSY,
    COUNTER_ERRORS,
    COUNTER_WAKEUPS,
    COUNTER_POLLS,
    COUNTER_SESSION_SEARCHES,
    COUNTER_REQUESTS_WAITING,
    COUNTER_LAST_COMMIT_MS,
    COUNTERS
};

/* A timer over a column of times, with its index: rows behind (`time`, `id`) are not dealt with. */
struct schedule {
    char time[CLOCK_ISO_SIZE];
    int64_t id;
    int64_t next;  /* wall ms when there is something to do; INT64_MAX: nothing known */
    bool is_stale; /* `next` must be looked up */
};

/* Expired rows of users who are not here, to be written. */
#define EXPIRED_MAX 4096
struct expired {
    int64_t ids[EXPIRED_MAX];
    size_t count;
    /* In the open transaction: the last ones, and how many of them had not been dealt with. */
    size_t written;
    uint64_t changed;
    int64_t again_at; /* steady ms: rows told of and not answered are told of again; -1: none */
};

struct presence {
    int64_t alive_at;    /* steady ms of the last sign of life */
    int64_t repaired_at; /* … and of the last look at what dead gateways left */
    char started[CLOCK_ISO_SIZE];
    bool has_started; /* what this instance left before is set right */
    /* In the open transaction. */
    size_t written; /* users */
    bool is_alive_written, is_repaired;
};

/* One pass over what is old, batch by batch. */
struct retention {
    size_t step;
    int64_t next_at;           /* steady ms */
    char time[CLOCK_ISO_SIZE]; /* notifications up to (time, id) are dealt with … */
    int64_t id;
    char user[256];      /* … and presence up to that user */
    int64_t clock_ahead; /* wall time before steady time, as of the last look … */
    int64_t held_until;  /* … and steady ms: nothing is dropped before, since it leapt */
    /* In the open transaction. */
    uint64_t dropped;
    bool is_written, is_complete;
};

struct checkpoint {
    int64_t next_at; /* steady ms */
};

/* What was open before the file was let go of. */
struct place {
    dev_t device;
    ino_t inode;
    char name[FILE_NAME_SIZE];
};

struct queue {
    const struct clock *clock;
    const struct logger *log;
    const struct store_settings *settings;
    struct shared *shared;

    struct file file;
    struct wake *wake;
    bool is_blind; /* no events come of others' commits, and the log says so */
    struct health opening, reading, writing;

    /* The moment of this turn. */
    int64_t steady, wall;
    char now[CLOCK_ISO_SIZE];

    int64_t last_seen;    /* the highest notification told of, or there at the start */
    int64_t changes_seen; /* likewise of `changes` */
    bool has_tail;        /* there may be rows behind last_seen */
    bool has_changes;     /* there may be changes behind changes_seen */
    bool has_old_changes; /* the table holds changes that are taken up */
    bool writes_itself;   /* the changes that are taken up now are its own */
    bool is_calm;         /* nothing was asked and nothing was new in this turn */
    bool is_ending;
    bool was_full;             /* marks reached their bound: the loop waits to hear of room */
    uint64_t generation;       /* how often `replaced` was told */
    int64_t next_poll;         /* steady ms */
    int64_t hinted_at;         /* steady ms: when a user's id was wondered at last */
    int64_t answers_logged_at; /* steady ms: when a failure to answer was logged last */
    bool is_available;         /* as the loop was told */
    bool has_sent;             /* in this turn, to the loop */

    struct watch watch;
    struct marks marks;
    struct set_back set_back;
    struct failures failures;
    struct schedule due, expiry;
    struct expired expired;
    struct presence presence;
    struct retention retention;
    struct checkpoint checkpoint;
    struct place place;
    struct chat chat;
    struct logout logout;
    struct request_list reads, writes;
    size_t waiting;       /* requests in these, and sayings */
    size_t marks_written; /* in the open transaction */
    int64_t wrote_ms;     /* how long writing took in this turn */
};

/* Takes the time. */
void queue_tick(struct queue *queue);
void queue_count(struct queue *queue, enum counter counter, uint64_t by);
/* Hands a parcel to the loop, which is woken at the end of the turn. */
void queue_send(struct queue *queue, struct parcel *parcel);
/* News, likewise. Batches under way are counted; who fills them keeps to STORE_NEWS_MAX. */
void queue_send_news(struct queue *queue, struct parcel *news);
bool queue_may_tell(const struct queue *queue);
/* A bad row: logged, and to be set `failed`. */
void queue_fail_row(struct queue *queue, int64_t id, const struct reason *why);

#endif
