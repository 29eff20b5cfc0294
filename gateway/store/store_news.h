/*
 * store_news: what the store tells the loop unasked, about attached users. Part
 * of store.h.
 *
 * News come in the order of commit, which is the order of delivery. An id is
 * only a name: that a higher id was committed later holds for today's engine
 * (engine.h), and receivers of news may rely only on what store_notifications.h
 * says about `upto`.
 *
 * One batch may make any of these calls; `end` is called after the last of each
 * batch, so that the whole batch can be sent as one burst.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_NEWS_H
#define BELFRY_GATEWAY_STORE_STORE_NEWS_H

#include <stddef.h>
#include <stdint.h>

#include "common/reason.h"
#include "gateway/store/store_notifications.h"

struct store_conversation_news;
struct store_elsewhere;

/* The most batches of news under way to the loop; the thread reads on when the loop has taken
 * them. */
#define STORE_NEWS_MAX 4
/* The most ids in one call about many. */
#define STORE_IDS_MAX 1000

struct store_news {
    /* A row that is due was committed. Called once per row. */
    void (*row)(void *context, const struct store_row *row);
    /* Rows of that user became due out of order (they were scheduled, or set back to pending by
     * hand): scan again. `mark`: what other gateways have delivered since then is owed, too
     * (struct store_scan); NULL: there are none. */
    void (*due)(void *context, const char *user, const char *mark);
    /* These rows were made pending again, and `due` follows. Copies under way were sent before
     * that: their confirmation no longer counts (store_sent, not delivered). May be NULL, if
     * nothing is ever under way. */
    void (*set_back)(void *context, const char *user, const int64_t *ids, size_t count);
    /* The numbers of unread and unseen notifications changed; once per batch. */
    void (*unread)(void *context, const char *user, const struct store_counts *counts);
    /* Somebody changed that row, or the user put it back from the archive; row->json is as
     * store_list gives it. `is_pending`: it is not delivered yet, so only those hear it that have
     * it in flight; the others get it in its turn, as it then is. Called once for each burst of
     * changes, with the last state. */
    void (*updated)(void *context, const struct store_row *row, bool is_pending);
    /* Somebody took these rows away, and not the user by store_mark. At most STORE_IDS_MAX. */
    void (*removed)(void *context, const char *user, enum store_removal removal, const int64_t *ids,
        size_t count);
    /* Somebody marked these rows as read or unread, and not the user by store_mark. Likewise. */
    void (*marked)(void *context, const char *user, bool is_read, const int64_t *ids, size_t count);
    /* Tokens of that user issued at or before that second (Unix time) are no longer good. */
    void (*revoked)(void *context, const char *user, int64_t not_before_seconds);
    /* That session of that user is over: tokens whose belfry_sid begins with `hash` and a dot are
     * no longer good. */
    void (*session_over)(void *context, const char *user, const char *hash);
    /* These pending rows are past expires_at: answer with store_expire for those not in flight. */
    void (*expiring)(void *context, const char *user, const int64_t *ids, size_t count);
    /* Another gateway has called store_tell_siblings with that text. NULL: nobody listens. */
    void (*said)(void *context, const char *text);
    /* A user's number of connections to another gateway. Likewise. */
    void (*elsewhere)(void *context, const struct store_elsewhere *elsewhere);
    /* available: the queue works, or has room for marks again. unavailable: it cannot be used, for
     * this reason. replaced: it is another queue now, or was restored: known ids mean nothing any
     * more, and everything attached must attach again. */
    void (*available)(void *context);
    void (*unavailable)(void *context, const struct reason *why);
    void (*replaced)(void *context);
    void (*end)(void *context);
    const struct store_conversation_news *conversations; /* NULL: none are told */
};

#endif
