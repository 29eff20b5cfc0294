/*
 * store_news: what the store tells unasked, about the users who are attached. Part of store.h.
 *
 * News come in the order of commit, which is the order of delivery. An id is a name: that a higher
 * one was committed later is a promise of the engine there is today (engine.h), and nothing that
 * hears news may lean on more of it than store_notifications.h says of `upto`.
 *
 * Any of these may be called from one batch; `end` is called behind the last of each, so that what
 * one batch brought can be sent as one burst.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_NEWS_H
#define BELFRY_GATEWAY_STORE_STORE_NEWS_H

#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/store_notifications.h"

struct store_conversation_news;

/* Batches of news under way to the loop; the thread reads on when the loop has taken them. */
#define STORE_NEWS_MAX 4

struct store_news {
    /* A row that is due was committed. Called once a row. */
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
    /* The queue can be had, or has room for marks again; it cannot, for this reason; it was
     * replaced by another or by a restore: ids known mean nothing any more, and everything attached
     * must attach again. */
    void (*available)(void *context);
    void (*unavailable)(void *context, const struct reason *why);
    void (*replaced)(void *context);
    void (*end)(void *context);
    const struct store_conversation_news *conversations; /* NULL: none are told */
};

#endif
