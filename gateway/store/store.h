/*
 * store: the gateway's requests to its queue, and the queue's news.
 *
 * The loop asks by functions of the headers below, one for each noun, and never
 * waits; answers and news come back as callbacks on the loop, through one
 * mailbox, in the order in which the store made them. The store has one thread
 * (worker.h), and an engine, the database, that only this thread uses
 * (engine.h).
 *
 * Rows wait in the database, not here: an answer holds at most the rows and
 * bytes asked for (or one row, if the first alone is larger), and at most
 * STORE_NEWS_MAX batches of news are under way.
 *
 * Ownership: arguments of a callback are lent for the call. The `context` of a
 * request must live until its callback was called; every request is called back
 * exactly once, also when the store is ending (STORE_UNAVAILABLE).
 *
 * Ids are those of the rows. Times are Unix milliseconds. The numbers of unread
 * rows, who is typing and who is connected are kept in this process alone: with
 * a second gateway on the same queue, each would have to learn the other's
 * (engine.h says what an engine must provide for that).
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_H
#define BELFRY_GATEWAY_STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "common/clock.h"
#include "common/histogram.h"
#include "common/log.h"
#include "common/reason.h"
#include "gateway/store/counters.h"
#include "gateway/store/store_news.h"
#include "gateway/store/store_notifications.h"
#include "gateway/store/store_sessions.h"
#include "gateway/store/store_settings.h"
#include "gateway/store/verdict.h"

struct store;

/* Opens the database, migrates an older one, and starts the thread. NULL with the reason if it is
 * not usable or another gateway serves it. `news` and all strings in the settings must outlive the
 * store. */
struct store *store_new(uv_loop_t *loop, const struct clock *clock, const struct logger *log,
    const struct store_settings *settings, const struct store_news *news, void *context,
    struct reason *why);
/* Takes no more requests, writes what is confirmed, answers the rest, ends the thread, and calls
 * `ended` on the loop when its handle is closed; by then the store is freed. */
void store_end(struct store *store, void (*ended)(void *context), void *context);

/* Why the queue cannot be used now, and what to do about it; NULL: it can. Lent until the loop
 * turns. One reason is a disk that does not answer: then requests are called back with
 * STORE_UNAVAILABLE when their time is over. */
const char *store_trouble(const struct store *store);

/* How long the thread has been busy with one turn of its work; 0: it waits for work. */
int64_t store_busy_ms(const struct store *store);

/* The thread's counters (counters.h), and whether the queue can be used: for /metrics and
 * /readyz. */
#define STORE_COUNTER_MEMBER(id, member, name, type, help) uint64_t member;
struct store_counters {
    STORE_COUNTERS(STORE_COUNTER_MEMBER)
    struct histogram_copy transactions; /* from the begin of one that wrote to its commit */
    bool available;
};
#undef STORE_COUNTER_MEMBER
void store_counters(const struct store *store, struct store_counters *counters);

#endif
