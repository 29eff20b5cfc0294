/*
 * member_changes: users who joined or left a conversation.
 *
 * Triggers of the schema record this in `changes` (changes.h). If anybody
 * follows it, it is noted here, once for each conversation and user, and told
 * in its turn with the state of that time: 1,000 changes of one membership are
 * one piece of news.
 */
#ifndef BELFRY_GATEWAY_STORE_MEMBER_CHANGES_H
#define BELFRY_GATEWAY_STORE_MEMBER_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "gateway/store/followed.h"
#include "gateway/store/news.h"
#include "gateway/store/turn.h"
#include "gateway/store/watch.h"

/* The most that are noted at a time; further changes stay in the database. */
#define MEMBER_CHANGES_MAX 4096

struct member_change;
TAILQ_HEAD(member_change_list, member_change);

struct member_changes {
    struct member_change *by_key;
    struct member_change_list in_order;
    struct followed users; /* whose memberships are told even while they are not connected */
};

void member_changes_init(struct member_changes *changes);
void member_changes_release(struct member_changes *changes);
/* Forgets the noted changes, but not who follows whom. */
void member_changes_forget(struct member_changes *changes);

/* Whether another one can be noted: the caller stops reading `changes` where not. */
bool member_changes_have_room(const struct member_changes *changes);
/* Notes a change by its key in `changes`, the JSON ["conversation", "user"], if it concerns
 * anybody: the conversation is joined, the user is connected, or their memberships are followed. */
void member_changes_note(struct member_changes *changes, const struct followed *joined,
    const struct watch *watch, const char *key, size_t len);
bool member_changes_wait(const struct member_changes *changes);
/* Adds a batch to the news, inside a transaction. 0, or -1. */
int member_changes_tell(struct member_changes *changes, const struct turn *turn, struct news *news);

#endif
