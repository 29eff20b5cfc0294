/*
 * member_changes: who came into a conversation or left it.
 *
 * Triggers of the schema record it in `changes` (changes.h). A change that
 * concerns somebody connected here is noted, once for each conversation and
 * user, and becomes news with what is true by then: a thousand changes of one
 * membership are one piece of news.
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

/* Noted at a time; further changes stay in the database. */
#define MEMBER_CHANGES_MAX 4096

struct member_change;
TAILQ_HEAD(member_change_list, member_change);

struct member_changes {
    struct member_change *by_key;
    struct member_change_list in_order;
    struct followed users; /* whose memberships become news even while they are not connected */
};

void member_changes_init(struct member_changes *changes);
void member_changes_release(struct member_changes *changes);
/* Forgets what was noted. Who follows whom stays. */
void member_changes_forget(struct member_changes *changes);

/* Whether another one can be noted: the caller stops reading `changes` where not. */
bool member_changes_have_room(const struct member_changes *changes);
/* Notes a change by its key in `changes`, ["conversation", "user"] as JSON, where it concerns
 * somebody: the conversation is joined, the user is connected, or they are followed. */
void member_changes_note(struct member_changes *changes, const struct followed *joined,
    const struct watch *watch, const char *key, size_t len);
bool member_changes_wait(const struct member_changes *changes);
/* Adds a batch to the news, inside a transaction. 0, or -1. */
int member_changes_tell(struct member_changes *changes, const struct turn *turn, struct news *news);

#endif
