/*
 * answering: the requests that only read.
 *
 * They are answered in the order in which they came; one that fails is tried
 * again, without holding up the others, until its deadline. Answers that the
 * loop has not taken yet are bounded in octets: further ones wait.
 */
#ifndef BELFRY_GATEWAY_STORE_ANSWERING_H
#define BELFRY_GATEWAY_STORE_ANSWERING_H

#include <stdbool.h>
#include <stdint.h>

struct queue;
struct request;
struct chat;
struct news;
struct page;

#define ANSWERING_OCTETS_MAX ((size_t)4 << 20)
#define ANSWERING_DEADLINE_MS 5000

/* Takes it into the thread's lists, or does at once what needs no file. */
void answering_accept(struct queue *queue, struct request *request);
/* Whether there is one that could be answered now. */
bool answering_waits(const struct queue *queue);
/* Steady ms until one may be tried again, or is overdue; INT64_MAX: none waits. */
int64_t answering_pause(const struct queue *queue);
/* Answers what can be answered, inside a transaction. */
void answering_run(struct queue *queue);
/* Those whose deadline has passed, or all, are STORE_UNAVAILABLE. */
void answering_refuse(struct queue *queue, bool all);
/* An answer that is complete goes to the loop. The request is in no list any more. */
void answering_send(struct queue *queue, struct request *request);

/* When tokens of that user were revoked last, in Unix seconds: 1, 0 where they were not, or -1. */
int answering_revocation(struct queue *queue, const char *user, int64_t *not_before_seconds);

#endif
