/*
 * messages: what is said, as it comes, and as it was.
 *
 * Writers are serialised, so ids become visible in order, and whatever is new
 * stands behind `last_message`; what we insert ourselves comes this way too.
 */
#ifndef BELFRY_GATEWAY_STORE_MESSAGES_H
#define BELFRY_GATEWAY_STORE_MESSAGES_H

#include "gateway/store/news.h"
struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Octets of one answer, little more: it is to fit into the buffer of a connection. */
#define MESSAGES_OCTETS ((size_t)192 << 10)

/* The highest id ever given to one. 0, or -1. */
int messages_last_id(struct queue *queue, int64_t *id);
/* Tells a batch of what is new in joined conversations, inside a transaction. 0, or -1. */
int messages_tell(struct queue *queue, struct news *news);

/* Requests: 1 when it is answered, or -1. */
int messages_join(struct queue *queue, struct request *request);
int messages_read_on(struct queue *queue, struct request *request);
int messages_history(struct queue *queue, struct request *request);
void messages_part(struct queue *queue, struct request *request);

#endif
