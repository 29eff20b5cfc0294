/*
 * membership: who is in which conversation, and who came or left.
 *
 * Triggers of the schema write into `changes` who came or left (changes.h).
 * That is noted here where it concerns somebody who is here or is heeded, or a
 * conversation that is joined, and told in turn with what is true by then.
 */
#ifndef BELFRY_GATEWAY_STORE_MEMBERSHIP_H
#define BELFRY_GATEWAY_STORE_MEMBERSHIP_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/store/news.h"
struct queue;
struct request;
struct chat;
struct news;
struct page;

/* Noted at a time; further changes stay in the file. */
#define MEMBERSHIPS_MAX 4096

/* Whether the user is a member: 1, 0 or -1. */
int membership_check(struct queue *queue, const char *conversation, const char *user);

bool membership_has_room(const struct queue *queue);
/* The key of a change, ["conversation", "user"] as JSON: it is to be told. */
void membership_note(struct queue *queue, const char *key, size_t len);
bool membership_waits(const struct queue *queue);
/* Tells a batch, inside a transaction. 0, or -1. */
int membership_tell(struct queue *queue, struct news *news);
void membership_release(struct chat *chat);

/* A request: 1 when it is answered, or -1. */
int membership_answer(struct queue *queue, struct request *request);

#endif
