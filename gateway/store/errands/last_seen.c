/* When some users were last seen, for a user who shares a conversation with them. */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/member_verbs.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/seen.h"
#include "gateway/store/store_presence.h"

/* Memberships examined to find whether two users share a conversation, and in one errand. */
#define PAIR_STEPS 4096
#define ERRAND_STEPS 16384

struct last_seen {
    struct errand errand;
    void (*done)(void *context, const struct store_seen *answer);
    char *asker; /* NULL: all users are looked up */
    struct page users;
};

/* Whether two users share a conversation: 1, 0 or -1. Each in turn skips to their first
 * conversation that is not before the other's, so the user with fewer conversations determines how
 * long it takes. */
static int share(struct engine *engine, const char *one, const char *other, int *steps)
{
    const char *leaping = one, *standing = other;
    char at[MEMBER_NAME_SIZE] = "", next[MEMBER_NAME_SIZE] = "";
    int found = engine->members->next_conversation(engine, leaping, at, next);

    for (int i = 0; found == 1 && i < PAIR_STEPS && *steps < ERRAND_STEPS; i++, ++*steps) {
        const char *swap = leaping;

        leaping = standing;
        standing = swap;
        memcpy(at, next, sizeof(at));
        found = engine->members->next_conversation(engine, leaping, at, next);
        if (found == 1 && strcmp(at, next) == 0)
            return 1;
    }
    return found < 0 ? -1 : 0;
}

static enum errand_step last_seen_read(struct queue *queue, struct errand *errand)
{
    struct last_seen *asked = (struct last_seen *)errand;
    struct page *users = &asked->users;
    int steps = 0;

    errand->verdict = STORE_OK;
    for (size_t i = 0; i < users->count; i++) {
        int shared =
            asked->asker ? share(queue->turn.engine, asked->asker, page_name(users, i), &steps) : 1;

        users->rows[i].created_at = SEEN_NOT_TOLD;
        if (shared < 0 ||
            (shared == 1 && seen_look_up(users, i, &queue->turn, &queue->inbox.watch) < 0))
            return ERRAND_FAILED;
    }
    return ERRAND_DONE;
}

static void last_seen_answer(struct errand *errand)
{
    struct last_seen *asked = (struct last_seen *)errand;

    seen_answer(&asked->users, errand->verdict, asked->done, errand->context);
}

static size_t last_seen_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct last_seen *)errand)->users);
}

static void last_seen_free(struct errand *errand)
{
    struct last_seen *asked = (struct last_seen *)errand;

    free(asked->asker);
    page_release(&asked->users);
}

static const struct errand_kind last_seen_kind = {
    ERRAND_OF(struct last_seen),
    .read = last_seen_read,
    .answer = last_seen_answer,
    .bytes = last_seen_bytes,
    .free = last_seen_free,
};

void store_last_seen(struct store *store, const char *asker, const char *const *users, size_t count,
    void (*found)(void *context, const struct store_seen *answer), void *context)
{
    struct last_seen *asked = (struct last_seen *)errand_new(&last_seen_kind);

    asked->done = found;
    asked->asker = mem_strdup_or_null(asker);
    page_init(&asked->users);
    for (size_t i = 0; i < count; i++)
        page_add_name(&asked->users, users[i]);
    asked->errand.about = asked->asker;
    post_errand(store, &asked->errand, context);
}
