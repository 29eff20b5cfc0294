/* Following a user's memberships even while they are not connected, and ending that. */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/errands/errand.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/store_presence.h"

struct follow_user {
    struct errand errand;
    char *user;
};

static void follow_user_take(struct queue *queue, struct errand *errand)
{
    followed_add(&queue->topics.members.users, ((struct follow_user *)errand)->user);
}

static void unfollow_user_take(struct queue *queue, struct errand *errand)
{
    followed_remove(&queue->topics.members.users, ((struct follow_user *)errand)->user);
}

static void follow_user_free(struct errand *errand)
{
    free(((struct follow_user *)errand)->user);
}

static const struct errand_kind follow_user_kind = {
    ERRAND_OF_NOBODY(struct follow_user), .take = follow_user_take, .free = follow_user_free};

static const struct errand_kind unfollow_user_kind = {
    ERRAND_OF_NOBODY(struct follow_user), .take = unfollow_user_take, .free = follow_user_free};

static void follow_user_post(struct store *store, const struct errand_kind *kind, const char *user)
{
    struct follow_user *follow = (struct follow_user *)errand_new(kind);

    follow->user = mem_strdup(user);
    post_errand(store, &follow->errand, NULL);
}

void store_follow_user(struct store *store, const char *user)
{
    follow_user_post(store, &follow_user_kind, user);
}

void store_unfollow_user(struct store *store, const char *user)
{
    follow_user_post(store, &unfollow_user_kind, user);
}
