/*
 * message_tail: messages that were committed since the last look.
 *
 * The tail follows ids: a new message has an id above `last` (message_verbs.h
 * says what an engine must provide for that). Messages that this gateway
 * inserts come this way too, so that everybody sees one order. Messages of
 * conversations that nobody has joined are skipped; they wait in the database
 * until somebody joins.
 *
 * The answer to a join ends at `last`, and news begin right after it. A history
 * does not stop there: whoever was told that a message is stored finds it in
 * the history.
 */
#ifndef BELFRY_GATEWAY_STORE_MESSAGE_TAIL_H
#define BELFRY_GATEWAY_STORE_MESSAGE_TAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/failures.h"
#include "gateway/store/followed.h"
#include "gateway/store/news.h"
#include "gateway/store/turn.h"

struct message_tail {
    int64_t last;           /* the highest id examined, or there at the start */
    bool has_more;          /* there may be messages after it */
    struct followed joined; /* conversations */
    struct failures bad;    /* messages that cannot be sent, already logged */
};

void message_tail_init(struct message_tail *tail);
void message_tail_release(struct message_tail *tail);
/* At the start, and when the database was replaced: what it holds up to that id is not news. */
void message_tail_start(struct message_tail *tail, int64_t last);
/* The database was replaced: everybody will join again. */
void message_tail_begin_anew(struct message_tail *tail);
/* Adds a bounded batch of new messages of joined conversations to the news, inside a transaction.
 * 0, or -1; whatever was added counts as told. */
int message_tail_read(struct message_tail *tail, const struct turn *turn, struct news *news);

#endif
