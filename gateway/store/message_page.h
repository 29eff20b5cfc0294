/*
 * message_page: messages on their way from the engine to a subscriber.
 *
 * A message that cannot be sent is logged once, with its id, and skipped:
 * unlike a notification it has no status to set, and nobody waits for it.
 */
#ifndef BELFRY_GATEWAY_STORE_MESSAGE_PAGE_H
#define BELFRY_GATEWAY_STORE_MESSAGE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/failures.h"
#include "gateway/store/message_verbs.h"
#include "gateway/store/page.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/turn.h"

/* Bytes of one answer, give or take one message: it has to fit into the buffer of a connection. */
#define MESSAGE_PAGE_BYTES ((size_t)192 << 10)

/* Adds the row to `page`, or skips a bad one and notes it in `bad`. Returns whether it was
 * added. */
bool message_page_add(const struct turn *turn, struct failures *bad, const struct message_row *row,
    struct page *page);

struct message_page {
    struct page page;
    int64_t upto;  /* every message up to this id is in this page or an earlier one
                      (message_page_after) */
    bool complete; /* nothing is left beyond it */
};

/* Empties it. */
void message_page_clear(struct message_page *page);
void message_page_release(struct message_page *page);

/* Fills it with `limit` messages at most of the conversation with after < id <= upto, the oldest
 * first, … */
int message_page_after(const struct turn *turn, struct failures *bad, const char *conversation,
    int64_t after, int64_t upto, size_t limit, struct message_page *page);
/* … or with those below `before`, the newest ones, in order of id. Both return 0, or -1. */
int message_page_before(const struct turn *turn, struct failures *bad, const char *conversation,
    int64_t before, size_t limit, struct message_page *page);

/* Passes the page to `done`. */
void message_page_answer(const struct message_page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_messages *answer), void *context);

#endif
