#include "gateway/realtime/strangers.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/realtime/context.h"
#include "gateway/store/store_presence.h"

#define FIRST_SIZE 4

/* The index of that id, or the number of ids. */
static size_t stranger_find(const struct strangers *strangers, const char *id)
{
    size_t at = 0;

    while (at < strangers->count && strcmp(strangers->ids[at], id) != 0)
        at++;
    return at;
}

bool strangers_hold(const struct user *user, const char *id)
{
    const struct strangers *strangers = user->strangers;

    return strangers && stranger_find(strangers, id) < strangers->count;
}

/* At the end the store takes no more requests. */
static void stranger_drop(struct user *user, size_t at)
{
    struct strangers *strangers = user->strangers;

    if (user->realtime->store && !user->realtime->is_ending)
        store_unfollow_user(user->realtime->store, strangers->ids[at]);
    free(strangers->ids[at]);
    strangers->count--;
    memmove(&strangers->ids[at], &strangers->ids[at + 1],
        (strangers->count - at) * sizeof(*strangers->ids));
    if (strangers->count > 0)
        return;
    free(strangers);
    user->strangers = NULL;
}

static struct strangers *strangers_grow(struct strangers *strangers)
{
    size_t size = strangers ? strangers->size * 2 : FIRST_SIZE;
    struct strangers *grown = mem_resize(strangers, sizeof(*grown) + size * sizeof(*grown->ids));

    if (!strangers)
        grown->count = 0;
    grown->size = size;
    return grown;
}

void strangers_add(struct user *user, const char *id)
{
    struct strangers *strangers;

    if (strangers_hold(user, id))
        return;
    if (user->strangers && user->strangers->count == STRANGERS_MAX)
        stranger_drop(user, 0);
    strangers = user->strangers;
    if (!strangers || strangers->count == strangers->size)
        user->strangers = strangers = strangers_grow(strangers);
    strangers->ids[strangers->count++] = mem_strdup(id);
    store_follow_user(user->realtime->store, id);
}

void strangers_remove(struct user *user, const char *id)
{
    const struct strangers *strangers = user->strangers;
    size_t at = strangers ? stranger_find(strangers, id) : 0;

    if (strangers && at < strangers->count)
        stranger_drop(user, at);
}

void strangers_remove_all(struct user *user)
{
    while (user->strangers)
        stranger_drop(user, user->strangers->count - 1);
}
