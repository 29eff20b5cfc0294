/*
 * sharing: who shares a conversation with whom, and when they were last seen.
 *
 * Each answer costs what it is asked for: rows looked at are bounded, however
 * many conversations somebody is in and however large these are.
 */
#ifndef BELFRY_GATEWAY_STORE_SHARING_H
#define BELFRY_GATEWAY_STORE_SHARING_H

struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Requests: 1 when it is answered, or -1. */
int sharing_conversations(struct queue *queue, struct request *request);
int sharing_contacts(struct queue *queue, struct request *request);
int sharing_seen(struct queue *queue, struct request *request);

/* Requests that need no file: changes of that user's memberships are told, or no longer. */
void sharing_heed(struct queue *queue, struct request *request);
void sharing_unheed(struct queue *queue, struct request *request);

#endif
