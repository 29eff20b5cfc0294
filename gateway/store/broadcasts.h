/*
 * broadcasts: rows that go to a topic or to all, once, or until their end.
 *
 * A row is told when it is found unsent, and noted here until the loop has said
 * to how many it went and the file says so too: so it is told once in this
 * process, however long the file cannot be written. Rows that come too late, or
 * cannot be sent, are marked as sent to nobody.
 */
#ifndef BELFRY_GATEWAY_STORE_BROADCASTS_H
#define BELFRY_GATEWAY_STORE_BROADCASTS_H

#include <stdbool.h>

#include "gateway/store/news.h"
struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Without an end, found later than that: not sent. */
#define BROADCASTS_LATE_MS 60000
/* Told and not yet marked; further ones wait in the file. */
#define BROADCASTS_MAX 1024

/* Tells a batch, inside a transaction. 0, or -1. */
int broadcasts_tell(struct queue *queue, struct news *news);
/* REQUEST_BROADCAST_SENT. */
void broadcasts_sent(struct queue *queue, struct request *request);
/* The highest id of those that are sent, 0 where none is. 0, or -1. */
int broadcasts_last_sent(struct queue *queue, int64_t *id);
/* REQUEST_STANDING, REQUEST_BROADCASTS_BEHIND: 1 when it is answered, or -1. */
int broadcasts_standing(struct queue *queue, struct request *request);
int broadcasts_behind(struct queue *queue, struct request *request);

bool broadcasts_wait(const struct queue *queue);
int broadcasts_write(struct queue *queue);
void broadcasts_settle(struct queue *queue, bool committed);

void broadcasts_release(struct chat *chat);

#endif
