#include "gateway/realtime/user.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/framing/event.h"

struct user *users_find(const struct users *users, const char *id)
{
    struct user *user;

    HASH_FIND_STR(users->table, id, user);
    return user;
}

struct user *users_enter(struct users *users, struct realtime *realtime, const char *id)
{
    struct user *user = users_find(users, id);
    size_t len = strlen(id);

    if (!user) {
        user = mem_zalloc(sizeof(*user) + len + 1);
        user->realtime = realtime;
        memcpy(user->id, id, len + 1);
        HASH_ADD_STR(users->table, id, user);
    }
    user->connections++;
    return users_ref(user);
}

void users_leave(struct users *users, struct user *user)
{
    user->connections--;
    users_unref(users, user);
}

struct user *users_ref(struct user *user)
{
    user->references++;
    return user;
}

void users_unref(struct users *users, struct user *user)
{
    if (--user->references > 0)
        return;
    wheel_stop(&user->grace);
    if (users->ended)
        users->ended(user);
    event_unref(user->state);
    HASH_DEL(users->table, user);
    free(user);
}

size_t users_count(const struct users *users)
{
    return HASH_COUNT(users->table);
}
