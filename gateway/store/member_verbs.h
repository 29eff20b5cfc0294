/*
 * member_verbs: which users are members of which conversations, and when users
 * were last seen. Walks and results are as in message_verbs.h.
 */
#ifndef BELFRY_GATEWAY_STORE_MEMBER_VERBS_H
#define BELFRY_GATEWAY_STORE_MEMBER_VERBS_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/store/cell.h"

struct engine;

/* The most bytes of a name, with the NUL that ends it. */
#define MEMBER_NAME_SIZE 256

typedef int name_visit(void *context, const struct cell *name);

struct member_verbs {
    /* Whether the user is a member: 1, 0 or -1. */
    int (*is_member)(struct engine *engine, const char *conversation, const char *user);
    /* The user's conversations, the newest membership first, `most` at most. */
    int (*walk_conversations)(
        struct engine *engine, const char *user, size_t most, name_visit *visit, void *context);
    /* The user's first conversation, in byte order, that is not before `from`: 1, 0 or -1. */
    int (*next_conversation)(
        struct engine *engine, const char *user, const char *from, char name[MEMBER_NAME_SIZE]);
    /* Users who share a conversation with this one, each once, `most` at most, in no order.
     * Examines at most `rows` memberships, however many they share. */
    int (*walk_contacts)(struct engine *engine, const char *user, size_t rows, size_t most,
        name_visit *visit, void *context);
    /* When any gateway last saw the user, in Unix ms; 0: never, or the time cannot be read. Returns
     * 0, or -1. */
    int (*last_seen)(struct engine *engine, const char *user, int64_t *ms);
};

#endif
