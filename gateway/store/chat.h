/*
 * chat: what the thread knows of people talking, and of broadcasts.
 *
 * Part of struct queue. Messages have a cursor of their own, as notifications
 * have (queue.h): what a join is answered with ends at `last_message`, and news
 * begin behind it. A history is not bounded so: whoever was told that a message
 * is stored finds it there.
 */
#ifndef BELFRY_GATEWAY_STORE_CHAT_H
#define BELFRY_GATEWAY_STORE_CHAT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/store/failures.h"
#include "gateway/store/joined.h"
#include "gateway/store/request.h"

struct membership;
TAILQ_HEAD(membership_list, membership);
struct told_broadcast;
TAILQ_HEAD(told_list, told_broadcast);
struct news;
struct queue;

struct chat {
    int64_t last_message; /* the highest told of, or there at the start */
    bool has_messages;    /* there may be some behind it */
    struct joined joined;
    struct joined heeded;         /* users whose memberships matter though they are not here */
    struct failures bad_messages; /* that were logged */

    struct membership *memberships; /* that changed, to be told */
    struct membership_list in_order;

    struct told_broadcast *told; /* broadcasts told and not yet marked … */
    struct told_list sent;       /* … and those of them that can be marked */
    size_t sent_written;         /* in the open transaction */
    bool has_broadcasts;         /* there may be unsent ones that were not told */
    int64_t last_sent;           /* the highest that was sent already at the start */
};

void chat_init(struct chat *chat);
void chat_release(struct chat *chat);
/* At the start, and when another queue has come: what is said already is no news. 0, or -1. */
int chat_start(struct queue *queue);
/* Another queue has come: everybody begins anew. */
void chat_forget(struct queue *queue);
/* Somebody else committed. */
void chat_doubt(struct queue *queue);
/* Whether ids of messages have gone back, as after a restore: 1, 0 or -1. */
int chat_went_astray(struct queue *queue);
/* Whether there is something to tell. */
bool chat_waits(const struct queue *queue);
/* Tells a bounded batch, inside a transaction. 0, or -1; what was added counts as told. */
int chat_fill(struct queue *queue, struct news *news);

#endif
