#include "gateway/store/followed.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"

struct followed_name {
    UT_hash_handle hh;
    size_t count;
    size_t outdated; /* from before followed_begin_anew, and not removed yet */
    char name[];
};

void followed_init(struct followed *followed)
{
    followed->by_name = NULL;
}

static void followed_drop(struct followed *followed, struct followed_name *name)
{
    HASH_DELETE(hh, followed->by_name, name);
    free(name);
}

void followed_release(struct followed *followed)
{
    struct followed_name *name, *next;

    HASH_ITER (hh, followed->by_name, name, next)
        followed_drop(followed, name);
}

static struct followed_name *followed_find(
    const struct followed *followed, const char *name, size_t len)
{
    struct followed_name *found;

    HASH_FIND(hh, followed->by_name, name, len, found);
    return found;
}

void followed_add(struct followed *followed, const char *name)
{
    size_t len = strlen(name);
    struct followed_name *found = followed_find(followed, name, len);

    if (!found) {
        found = mem_zalloc(sizeof(*found) + len + 1);
        memcpy(found->name, name, len);
        HASH_ADD(hh, followed->by_name, name, len, found);
    }
    found->count++;
}

void followed_remove(struct followed *followed, const char *name)
{
    struct followed_name *found = followed_find(followed, name, strlen(name));

    if (!found)
        return;
    if (found->outdated > 0)
        found->outdated--;
    else
        found->count--;
    if (found->count + found->outdated == 0)
        followed_drop(followed, found);
}

void followed_begin_anew(struct followed *followed)
{
    struct followed_name *name, *next;

    HASH_ITER (hh, followed->by_name, name, next) {
        name->outdated += name->count;
        name->count = 0;
    }
}

bool followed_has(const struct followed *followed, const char *name, size_t len)
{
    const struct followed_name *found = followed_find(followed, name, len);

    return found && found->count > 0;
}
