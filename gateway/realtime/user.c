#include "gateway/realtime/user.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/event.h"

static struct user *user_of(struct hash_entry *entry)
{
    return entry ? container_of(entry, struct user, entry) : NULL;
}

static bool user_is(const struct hash_entry *entry, const void *id, size_t len)
{
    const struct user *user = container_of(entry, const struct user, entry);

    return strncmp(user->id, id, len) == 0 && user->id[len] == '\0';
}

struct user *users_find(const struct users *users, const char *id)
{
    return user_of(hash_table_find(&users->table, id, strlen(id), user_is));
}

struct user *users_hold(struct users *users, struct realtime *realtime, const char *id)
{
    struct user *user = users_find(users, id);
    size_t len = strlen(id);

    if (!user) {
        user = mem_zalloc(offsetof(struct user, id) + len + 1);
        user->realtime = realtime;
        memcpy(user->id, id, len + 1);
        hash_table_add(&users->table, &user->entry, id, len);
    }
    return users_ref(user);
}

struct user *users_enter(struct users *users, struct realtime *realtime, const char *id)
{
    struct user *user = users_hold(users, realtime, id);

    users->connected += user->connections++ == 0;
    return user;
}

void users_leave(struct users *users, struct user *user)
{
    users->connected -= --user->connections == 0;
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
    hash_table_remove(&users->table, &user->entry);
    free(user);
}

size_t users_count(const struct users *users)
{
    return users->connected;
}

struct user *users_next(const struct users *users, struct hash_walk *walk)
{
    return user_of(hash_table_next(&users->table, walk));
}
