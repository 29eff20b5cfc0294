/*
 * topics: what goes to the subscribers of a topic: messages, memberships,
 * broadcasts.
 *
 * Each of the three has its own part, which knows its policy; here they are
 * started, put into news, and reset together. While the loop has too much to
 * send it holds back messages and broadcasts (store_hold_topics). Memberships
 * go on: they decide who may receive the rest.
 */
#ifndef BELFRY_GATEWAY_STORE_TOPICS_H
#define BELFRY_GATEWAY_STORE_TOPICS_H

#include <stdbool.h>

#include "gateway/store/broadcast_tail.h"
#include "gateway/store/member_changes.h"
#include "gateway/store/message_tail.h"

struct topics {
    struct message_tail messages;
    struct member_changes members;
    struct broadcast_tail broadcasts;
};

void topics_init(struct topics *topics);
void topics_release(struct topics *topics);
/* At the start, and when the database was replaced: what it holds already is not news. 0, or -1. */
int topics_start(struct topics *topics, const struct turn *turn, int64_t last_message);
/* The database was replaced: all subscribers begin again. */
void topics_begin_anew(struct topics *topics);
/* Somebody else committed: look for something new. */
void topics_look(struct topics *topics);
/* Whether there is something to tell. */
bool topics_waits(const struct topics *topics, const struct turn *turn);
/* Adds a bounded batch to the news, inside a transaction. `knows_members`: all changes are read; as
 * long as they are not, one of them may put somebody out of a conversation, and nothing is told but
 * changes of members. 0, or -1; whatever was added counts as told. */
int topics_fill(
    struct topics *topics, const struct turn *turn, bool knows_members, struct news *news);

#endif
