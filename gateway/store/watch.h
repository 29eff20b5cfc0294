/*
 * watch: the users who have a connection here, and what to tell them.
 *
 * A user is watched from the first connection's attach to the last one's
 * detach. Their number of unread notifications is kept, so that nothing is
 * counted when a row comes. Work for a user is flagged, and done in its turn:
 * however much happens, a user is in that list once. A user without connections
 * is not found any more, but is kept until `presence` says so and all of their
 * sessions are released.
 *
 * When the queue is replaced by another, everybody must attach again. Earlier
 * attaches are outdated, and detaches, which come sooner or later, are counted
 * off against these first.
 */
#ifndef BELFRY_GATEWAY_STORE_WATCH_H
#define BELFRY_GATEWAY_STORE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/hash_table.h"
#include "gateway/store/store_notifications.h"

struct held;

enum watch_flag {
    WATCH_DUE = 1,       /* rows became due, but not in order of id */
    WATCH_RECOUNT = 2,   /* the number of unread ones may have changed */
    WATCH_TELL = 4,      /* it has changed */
    WATCH_REVOKED = 8,   /* look at the revocation */
    WATCH_COUNTING = 16, /* unread rows are being counted */
};

struct watched {
    struct hash_entry entry;
    TAILQ_ENTRY(watched) flagged; /* in watch.flagged while flags are set */
    TAILQ_ENTRY(watched) changed; /* in watch.changed while `is_changed` */
    TAILQ_ENTRY(watched) swept;   /* in watch.swept, oldest first */
    int32_t connections;
    int32_t outdated;            /* attached before the queue was replaced, not yet detached */
    struct store_counts counts;  /* of rows up to the last one seen */
    struct store_counts told;    /* the `counts` last told; -1: unknown */
    struct store_counts counted; /* while counting: of rows up to counted_upto */
    int64_t counted_upto;
    int64_t swept_at;   /* steady ms */
    int64_t first_owed; /* the lowest owed id at the last sweep; 0: none */
    int64_t changed_at; /* wall ms: when a connection last came or went */
    char *due_mark; /* while WATCH_DUE: what others have delivered since is owed, too; or NULL */
    struct held *sessions; /* the sessions that connections use (logout.h) */
    unsigned flags;
    bool is_changed; /* a connection came or went, and that is not yet in the database */
    char user[];
};

/* By how much one of our own transactions changes a user's counts. */
struct watch_shift {
    struct store_counts all;
    struct store_counts counted; /* the part of it in rows that are counted already */
};

TAILQ_HEAD(watched_list, watched);

struct watch {
    struct hash_table by_user;
    struct watched_list flagged;
    struct watched_list changed;
    struct watched_list swept;
};

void watch_init(struct watch *watch);
void watch_release(struct watch *watch);

/* NULL if no connection of that user is attached. `user` need not end in NUL. */
struct watched *watch_find(const struct watch *watch, const char *user, size_t len);
/* Also finds a user without connections who is still kept. */
struct watched *watch_find_even_gone(const struct watch *watch, const char *user);
/* Adds a connection, which may be the first. */
struct watched *watch_attach(struct watch *watch, const char *user);
/* Removes a connection: an outdated one, if there is any. */
void watch_detach(struct watch *watch, const char *user);
/* The queue was replaced: all connections are outdated. */
void watch_begin_anew(struct watch *watch);
void watch_flag(struct watch *watch, struct watched *watched, unsigned flags);
/* Rows became due; `mark` says since when others may have delivered them (sibling_verbs.h), or is
 * NULL. Of several marks, what all of them show counts. */
void watch_due(struct watch *watch, struct watched *watched, const char *mark);
/* That row changes the counts. `watched` may be NULL. */
void watch_shift_add(struct watch_shift *shift, const struct watched *watched, int64_t id,
    const struct store_counts *change);
/* The transaction was committed. */
void watch_apply(struct watched *watched, const struct watch_shift *shift);
/* One connection was told the counts in an answer; the others must hear them as news. */
void watch_doubt(struct watch *watch, struct watched *watched);
/* Takes the next flagged user, or NULL; *flags: its flags, which are cleared. */
struct watched *watch_take_flagged(struct watch *watch, unsigned *flags);
/* The database no longer has any of these numbers. */
void watch_change_all(struct watch *watch);
/* The database now has that number of connections. Frees a user who has none. */
void watch_written(struct watch *watch, struct watched *watched, int64_t connections);
/* Sessions were released: frees a user who has neither connections nor sessions. */
void watch_let_go(struct watch *watch, struct watched *watched);

#endif
