/*
 * store: what the gateway asks of its queue, and what the queue tells it.
 *
 * The loop asks by the functions below and never waits; answers and news come
 * back as callbacks on the loop, all of them through one queue, in the order in
 * which the store made them. Behind it stands one thread that owns SQLite
 * (worker.h). Another store would be another implementation of this header.
 *
 * What order gives: an answer to store_attach holds all of a user's rows up to
 * the id it names, `upto`; news that come after it start behind that id. So
 * nothing is told twice, and nothing falls between.
 *
 * Rows wait in SQLite, not here: an answer holds at most the rows and octets
 * asked for, or one row where the first alone is larger, and at most
 * STORE_NEWS_MAX batches of news are under way; the thread reads on when the
 * loop has taken them.
 *
 * Ownership: what a callback is given is lent for the call. The `context` of a
 * request must live until its callback was called; every request is called
 * back exactly once, also when the store is ending (STORE_UNAVAILABLE).
 *
 * Ids are those of the rows. Times are Unix milliseconds. Those by which it is told what was
 * confirmed before something, and what after it, are all made on the loop, so that they keep the
 * order in which the loop did it, whatever the clock does (store_confirm_moment,
 * store_scan_moment).
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_H
#define BELFRY_GATEWAY_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/reason.h"
#include "gateway/store/counters.h"
#include "gateway/store/sqlite/session_file.h"

#define STORE_NEWS_MAX 4

struct store;
struct store_conversation_news;

enum store_verdict {
    STORE_OK,
    STORE_REVOKED,     /* attach, check: a revocation covers the token */
    STORE_OVER,        /* … its session is over */
    STORE_FORBIDDEN,   /* conversations.h: no member */
    STORE_INVALID,     /* conversations.h: the tables take no such row */
    STORE_UNAVAILABLE, /* it cannot be had now; try again later */
    /* The answer to a commit was lost: it may be stored or not. SQLite never says so. Whoever asked
     * looks up what is there before asking for the same again; to a client it is `unavailable`. */
    STORE_UNCERTAIN
};

/* A notification ready to be sent: `json` is what the protocol's event holds, without `replayed`.
 */
struct store_row {
    int64_t id;
    int64_t due_at; /* created_at, or deliver_after where that is later */
    const char *user;
    const char *json;
    size_t len;
    /* When a connection of the user confirmed it, since the scan's moment; -1: none has. */
    int64_t confirmed_at;
};

struct store_page {
    enum store_verdict verdict;
    const struct store_row *rows; /* in order of id */
    size_t count;
    /* Every row of the scan with an id up to `upto` has been handed out, now or before. */
    int64_t upto;
    /* Nothing of the scan is left: what comes next comes as news, with ids behind `upto`. */
    bool complete;
};

struct store_attached {
    enum store_verdict verdict;
    int64_t unread;
    const char *queue;      /* the random name of this queue */
    int64_t highest;        /* the id of the last row that was there; later ones are new */
    int64_t scan_started;   /* for store_fetch: what others confirm from now on is still owed */
    struct store_page page; /* the first page of what is pending and due */
};

struct store_listed {
    enum store_verdict verdict;
    const struct store_row *rows; /* newest first; json has "status" and "readAt" too */
    size_t count;
    bool has_more;
};

struct store_read {
    enum store_verdict verdict;
    const int64_t *ids; /* those that were the user's and unread before */
    size_t count;
    int64_t unread; /* -1: nobody of theirs is attached */
};

/* News, unasked for, about users attached. Any may be called from one batch; `end` is called behind
 * the last of each, so that what one batch brought can be sent as one burst. */
struct store_news {
    /* A row that is due was committed. Called once a row, in order of id. */
    void (*row)(void *context, const struct store_row *row);
    /* Rows of that user became due out of order (scheduled, or set back to pending by hand): scan
     * again. */
    void (*due)(void *context, const char *user);
    /* These rows were made pending again, and `due` follows. What is under way of them was sent
     * before that: confirmed, it counts no more (store_sent, not delivered). NULL: nothing is under
     * way. */
    void (*set_back)(void *context, const char *user, const int64_t *ids, size_t count);
    /* The number of unread notifications changed; once a batch. */
    void (*unread)(void *context, const char *user, int64_t unread);
    /* Tokens of that user issued at or before that second are no longer good. */
    void (*revoked)(void *context, const char *user, int64_t not_before_seconds);
    /* That session of that user is over: tokens whose belfry_sid begins with `hash` and a dot are
     * no longer good. */
    void (*session_over)(void *context, const char *user, const char *hash);
    /* These pending rows are past expires_at: answer store_expire with those that are not in
     * flight. */
    void (*expiring)(void *context, const char *user, const int64_t *ids, size_t count);
    /* The database came, or has room for marks again; it went, or cannot be written (why); it was
     * replaced, by another file or a restore: ids known mean nothing any more, and everything
     * attached must attach again. */
    void (*available)(void *context);
    void (*unavailable)(void *context, const struct reason *why);
    void (*replaced)(void *context);
    void (*end)(void *context);
    const struct store_conversation_news *conversations; /* conversations.h; NULL: none are told */
};

struct store_settings {
    const char *database;
    const char *instance; /* this process, in `gateways` and `presence`: "<machine>:<whatever>" */
    const char *synchronous;
    int64_t poll_interval_ms;
    int64_t retain_days, retain_messages_days;
    /* Where logouts are looked for, by those shapes of tables; NULL: nowhere. It need not be there.
     */
    const char *session_database;
    const struct session_shape *session_shapes[SESSION_FILE_TABLES];
};

/* What a token says of its bearer, to whom it is lent. */
struct store_token {
    const char *user;
    int64_t issued_at;   /* Unix seconds; -1: it does not say */
    const char *session; /* belfry_sid, or NULL */
};

/* Takes the lock that keeps a second gateway out, opens the file, migrates it where it is older,
 * starts the thread. NULL with the reason where the file is not usable or somebody else holds the
 * lock. `news` and all strings in the settings must outlive the store. */
struct store *store_new(uv_loop_t *loop, const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, const struct store_news *news, void *context,
    struct reason *why);
/* Takes no more requests, writes what is confirmed, answers the rest, ends the thread, says `ended`
 * on the loop when its handle is closed; then the store is gone. */
void store_end(struct store *store, void (*ended)(void *context), void *context);

/* A connection came, with a token. Checks revocations and its session, counts the connection in
 * `presence`, and begins to tell news of the user and of the session. Where the verdict is not
 * STORE_OK, nothing is counted or begun. */
void store_attach(struct store *store, const struct store_token *token, size_t max_rows,
    size_t max_octets, void (*attached)(void *context, const struct store_attached *answer),
    void *context);
/* That connection went: one for each attach that was answered STORE_OK, also where the queue was
 * replaced since. `session` as of the last token that was good (store_check). */
void store_detach(struct store *store, const char *user, const char *session);
/* Whether a connection may go on with that token (auth:refresh). Where the verdict is STORE_OK,
 * news of its session are told too, until store_leave_session or the detach that names it. */
void store_check(struct store *store, const struct store_token *token,
    void (*checked)(void *context, enum store_verdict verdict), void *context);
/* A connection goes on with another token than the one of this session: one for each check that
 * was answered STORE_OK, of the session that went. */
void store_leave_session(struct store *store, const char *user, const char *session);

struct store_scan {
    const char *user;
    int64_t after;   /* ids behind this one; 0 begins a scan anew */
    int64_t started; /* scan_started of the attach, or of the first page; 0 begins anew */
    bool shared; /* the user has or had other connections since: rows they confirmed are owed too */
    size_t max_rows, max_octets;
};

/* The next page of what is pending and due. `scan_started` is what to give as `started` for the
 * next. */
void store_fetch(struct store *store, const struct store_scan *scan,
    void (*fetched)(void *context, const struct store_page *page, int64_t scan_started),
    void *context);

/* When what is confirmed now was confirmed: not before any moment that a scan began with. */
int64_t store_confirm_moment(struct store *store);
/* What a scan begins with: behind all that was confirmed till now. Each attach, and each fetch that
 * begins anew, has one. */
int64_t store_scan_moment(struct store *store);

/* These rows were sent; where `delivered`, they were confirmed at that moment. Marked in order
 * before any later request is answered, or, while the file cannot be written, kept (up to
 * STORE_UNMARKED_MAX) and left out of every page. Copies the ids. */
void store_sent(
    struct store *store, const int64_t *ids, size_t count, bool delivered, int64_t at_ms);
#define STORE_UNMARKED_MAX 65536
/* Whether there is room for more; without, deliver nothing new until it is (news: available). */
bool store_may_deliver(const struct store *store);
void store_expire(struct store *store, const char *user, const int64_t *ids, size_t count);

/* Marks the user's own as read: those ids, or (ids NULL) all up to `upto`. */
void store_mark_read(struct store *store, const char *user, const int64_t *ids, size_t count,
    int64_t upto, void (*read)(void *context, const struct store_read *answer), void *context);
void store_list(struct store *store, const char *user, size_t limit, int64_t before,
    bool unread_only, void (*listed)(void *context, const struct store_listed *answer),
    void *context);

/* Why the queue cannot be used now, with the file and what to do; NULL: it can. Lent until the loop
 * turns. It may also be that the disk does not answer: then requests are called back with
 * STORE_UNAVAILABLE when their time is over. */
const char *store_trouble(const struct store *store);

/* Kept by the thread, read by the loop: for /metrics and /readyz. */
#define STORE_COUNTER_MEMBER(id, member, name, type, help) uint64_t member;
struct store_counters {
    STORE_COUNTERS(STORE_COUNTER_MEMBER)
    bool available;
};
#undef STORE_COUNTER_MEMBER
void store_counters(const struct store *store, struct store_counters *counters);

#endif
