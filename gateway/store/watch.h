/*
 * watch: the users who have a connection here, and what is to be told about them.
 *
 * A user is watched from the first connection's attach to the last one's detach. The number of
 * their unread notifications is kept, so that nothing needs to be counted when a row comes. What is
 * to be done about a user is flagged, and done in turn: however much happens, a user is in that
 * list once. One whose connections are gone stays, but is not found any more, until `presence` says
 * so and all of their sessions were let go of.
 *
 * When the queue is replaced by another, everybody must attach anew. Their attaches until then are
 * outdated, and their detaches, which come sooner or later, count against these first.
 */
#ifndef BELFRY_GATEWAY_STORE_WATCH_H
#define BELFRY_GATEWAY_STORE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <uthash.h>

struct held;

enum watch_flag {
    WATCH_DUE = 1,       /* rows became due, but not in order of id */
    WATCH_RECOUNT = 2,   /* the number of unread ones may be another */
    WATCH_TELL = 4,      /* it is another */
    WATCH_REVOKED = 8,   /* look at the revocation */
    WATCH_COUNTING = 16, /* they are being counted */
};

struct watched {
    UT_hash_handle hh;
    TAILQ_ENTRY(watched) flagged; /* in watch.flagged while flags are set */
    TAILQ_ENTRY(watched) changed; /* in watch.changed while `is_changed` */
    TAILQ_ENTRY(watched) swept;   /* in watch.swept, the longest ago first */
    int64_t connections;
    int64_t outdated; /* attached to a queue that was replaced since, and not yet detached */
    int64_t unread;   /* of rows with an id up to the last one seen */
    int64_t told;     /* of `unread`; -1: unknown */
    int64_t counted;  /* while they are being counted: of rows up to … */
    int64_t counted_upto;
    int64_t swept_at;   /* steady ms */
    int64_t first_owed; /* at the last sweep; 0: none */
    unsigned flags;
    bool is_changed;       /* `connections` is not yet in the database */
    struct held *sessions; /* that connections were made by (logout.h) */
    char user[];
};

TAILQ_HEAD(watched_list, watched);

struct watch {
    struct watched *by_user;
    struct watched_list flagged;
    struct watched_list changed;
    struct watched_list swept;
};

void watch_init(struct watch *watch);
void watch_release(struct watch *watch);

/* NULL where no connection of that user is attached. `user` need not end in NUL. */
struct watched *watch_find(const struct watch *watch, const char *user, size_t len);
/* Also one who has left and is not yet forgotten. */
struct watched *watch_find_even_gone(const struct watch *watch, const char *user);
/* One connection more, which may be the first. */
struct watched *watch_attach(struct watch *watch, const char *user);
/* One less, an outdated one where there is any. */
void watch_detach(struct watch *watch, const char *user);
/* Nobody is attached any more: all connections are outdated. */
void watch_begin_anew(struct watch *watch);
void watch_flag(struct watch *watch, struct watched *watched, unsigned flags);
/* The user has read that row: it was unread. */
void watch_read(struct watched *watched, int64_t id);
/* An answer to one connection says how many are unread; the others are to hear it as news. */
void watch_doubt(struct watch *watch, struct watched *watched);
/* The next flagged one, no longer flagged, or NULL; its flags as they were. */
struct watched *watch_take_flagged(struct watch *watch, unsigned *flags);
/* The database has that number of connections. Frees a user who has none. */
void watch_written(struct watch *watch, struct watched *watched, int64_t connections);
/* Sessions were released: frees a user who has left and holds none. */
void watch_let_go(struct watch *watch, struct watched *watched);

#endif
