/*
 * store_notifications: what a connection is owed, what was confirmed, what the
 * user did with it. Part of store.h.
 *
 * The answer to store_attach covers the user's rows up to the id `upto`; news
 * begin after that id. So nothing is told twice, and nothing is missed.
 *
 * Moments decide whether a row was confirmed before or after a scan began. They
 * are all made on the loop, so that they keep the order in which the loop
 * acted, whatever the clock does (store_confirm_moment, store_scan_moment).
 * They mean nothing outside this process. What other gateways have confirmed is told
 * by the order of the commits: a mark says what a scan has seen when it began.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_NOTIFICATIONS_H
#define BELFRY_GATEWAY_STORE_STORE_NOTIFICATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/store_sessions.h"
#include "gateway/store/verdict.h"

struct store;

/* A notification ready to be sent: `json` is the data of the protocol's event, without
 * `replayed`. */
struct store_row {
    int64_t id;
    int64_t created_at;
    int64_t due_at; /* created_at, or deliver_after if that is later */
    const char *user;
    const char *json;
    size_t len;
    /* The moment at which a connection of the user confirmed it, if the scan began before that; -1:
     * none did. */
    int64_t confirmed_at;
    const char *mark; /* of news alone, as of news `due` */
};

struct store_page {
    enum store_verdict verdict;
    const struct store_row *rows; /* in order of id */
    size_t count;
    /* Every row of the scan with an id up to `upto` is in this page or an earlier one. */
    int64_t upto;
    /* The scan is complete: later rows come as news, with ids above `upto`. */
    bool complete;
    /* Of the first page of a scan: what is committed later, this mark does not show; NULL where
     * there can be no other gateway. */
    const char *mark;
};

/* How many notifications of a user are unread, and how many of these are unseen, too. */
struct store_counts {
    int64_t unread, unseen;
};

struct store_attached {
    enum store_verdict verdict;
    struct store_counts counts;
    const char *queue;      /* the random name of this queue */
    int64_t highest;        /* the id of the last row there was; later ones are new */
    int64_t scan_started;   /* for store_fetch: what others confirm from now on is still owed */
    struct store_page page; /* the first page of what is pending and due */
    /* No standing broadcast (store_broadcasts.h) is owed to it: one that begins to hear the topic
     * when this answer comes has missed nothing up to that id. STORE_SOME_STAND: ask for them. */
    int64_t heard_all; /* of those to everybody */
    int64_t heard_own; /* of those to the user's own topic */
};

struct store_listed {
    enum store_verdict verdict;
    const struct store_row *rows; /* newest first; json also has "status" and "readAt" */
    size_t count;
    bool has_more;
};

/* What a user does with notifications. Marking as read also marks as seen, and archiving as read.
 */
enum store_mark {
    STORE_MARK_READ,
    STORE_MARK_UNREAD,
    STORE_MARK_ARCHIVED,
    STORE_MARK_UNARCHIVED,
    STORE_MARK_SEEN,
    STORE_MARKS
};

struct store_marked {
    enum store_verdict verdict;
    const int64_t *ids; /* those that belonged to the user and changed; of STORE_MARK_SEEN none */
    size_t count;       /* how many changed */
    /* From this process's memory, which the thread updates from the changes it reads. -1: no
     * connection of the user is attached. */
    struct store_counts counts;
};

/* Why a notification is to be taken out of every list. */
enum store_removal {
    STORE_REMOVED_DELETED,   /* or it belongs to another user now */
    STORE_REMOVED_CANCELLED, /* or it cannot be sent */
    STORE_REMOVED_EXPIRED,
    STORE_REMOVED_ARCHIVED,
    STORE_REMOVALS
};

/* What became of a notification. */
struct store_state {
    int64_t id;
    const struct store_row *row; /* as store_list gives it; NULL: it is to be taken out of lists */
    bool is_pending;             /* of `row`: it is not delivered yet */
    enum store_removal removal;  /* where `row` is NULL */
};

struct store_found {
    enum store_verdict verdict;
    const struct store_state *states; /* of the ids asked for, without those that cannot be sent */
    size_t count;
};

/* A connection came, with a token. Checks revocations and its session, counts the connection in
 * `presence`, and begins to tell news about the user and the session. If the verdict is not
 * STORE_OK, nothing is counted or begun. */
void store_attach(struct store *store, const struct store_token *token, size_t max_rows,
    size_t max_bytes, void (*attached)(void *context, const struct store_attached *answer),
    void *context);
/* That connection closed: call it once for each attach that was answered STORE_OK, also if the
 * queue was replaced since. `session` is that of the last accepted token (store_check). */
void store_detach(struct store *store, const char *user, const char *session);

struct store_scan {
    const char *user;
    int64_t after;   /* ids above this one; 0 begins a new scan */
    int64_t started; /* scan_started of the attach, or of the first page; 0 begins a new scan */
    bool shared; /* the user has or had other connections since: rows they confirmed are owed too */
    const char *mark; /* likewise to other gateways, whose confirmations this mark does not show;
                         NULL: they had none. Of the page that began the scan, or of news `due` */
    size_t max_rows, max_bytes;
};

/* The next page of what is pending and due. `scan_started` is the `started` for the next page. */
void store_fetch(struct store *store, const struct store_scan *scan,
    void (*fetched)(void *context, const struct store_page *page, int64_t scan_started),
    void *context);

/* The moment of a confirmation now: never before one with which a scan began. */
int64_t store_confirm_moment(struct store *store);
/* The moment with which a scan begins: after every confirmation so far. Each attach, and each fetch
 * that begins a new scan, has one. */
int64_t store_scan_moment(struct store *store);

/* These rows were sent to that user; `delivered`: and confirmed at that moment. They are marked in
 * order before any later request is answered. While the database cannot be written they are kept
 * (up to STORE_UNMARKED_MAX) and left out of every page. Copies the ids. */
void store_sent(struct store *store, const char *user, const int64_t *ids, size_t count,
    bool delivered, int64_t at_ms);
#define STORE_UNMARKED_MAX 65536
/* Whether there is room for more marks; if not, deliver nothing new until there is (news:
 * available). */
bool store_may_deliver(const struct store *store);
/* The answer to news of expiring rows: those that are not in flight. */
void store_expire(struct store *store, const int64_t *ids, size_t count);

/* Marks the user's own rows: those ids, or (ids NULL) all up to `upto`. STORE_MARK_SEEN takes
 * neither, and marks every unread row that there is. */
void store_mark(struct store *store, enum store_mark mark, const char *user, const int64_t *ids,
    size_t count, int64_t upto, void (*marked)(void *context, const struct store_marked *answer),
    void *context);

struct store_list_filter {
    size_t limit;
    int64_t before; /* only ids below this one; 0: all */
    bool unread_only;
    bool archived;    /* only archived rows, which are otherwise left out */
    const char *type; /* only this type; NULL: all */
};

void store_list(struct store *store, const char *user, const struct store_list_filter *filter,
    void (*listed)(void *context, const struct store_listed *answer), void *context);

/* The present state of some rows of the user, at most STORE_ROWS_MAX. */
void store_rows(struct store *store, const char *user, const int64_t *ids, size_t count,
    void (*found)(void *context, const struct store_found *answer), void *context);
#define STORE_ROWS_MAX 64

#endif
