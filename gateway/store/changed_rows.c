#include "gateway/store/changed_rows.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

void changed_rows_init(struct changed_rows *changes)
{
    *changes = (struct changed_rows){.by_user = NULL};
    TAILQ_INIT(&changes->in_order);
}

static void user_drop(struct changed_rows *changes, struct changed_rows_user *user)
{
    TAILQ_REMOVE(&changes->in_order, user, entry);
    HASH_DELETE(hh, changes->by_user, user);
    changes->count -= user->count;
    free(user->rows);
    free(user);
}

void changed_rows_release(struct changed_rows *changes)
{
    struct changed_rows_user *user;

    while ((user = TAILQ_FIRST(&changes->in_order)))
        user_drop(changes, user);
}

bool changed_rows_have_room(const struct changed_rows *changes)
{
    return changes->count < CHANGED_ROWS_MAX;
}

bool changed_rows_have_room_for_new(const struct changed_rows *changes)
{
    return changes->count < CHANGED_ROWS_MAX + CHANGED_ROWS_NEW;
}

static struct changed_rows_user *user_find_or_add(
    struct changed_rows *changes, const char *name, int64_t steady)
{
    size_t len = strlen(name);
    struct changed_rows_user *user;

    HASH_FIND(hh, changes->by_user, name, len, user);
    if (user)
        return user;
    user = mem_zalloc(sizeof(*user) + len + 1);
    memcpy(user->user, name, len);
    user->since = steady;
    HASH_ADD(hh, changes->by_user, user, len, user);
    TAILQ_INSERT_TAIL(&changes->in_order, user, entry);
    return user;
}

void changed_rows_note(
    struct changed_rows *changes, const char *name, int64_t id, unsigned what, int64_t steady)
{
    struct changed_rows_user *user = user_find_or_add(changes, name, steady);

    if (user->count == user->size) {
        user->size = user->size > 0 ? user->size * 2 : 4;
        user->rows = mem_resize(user->rows, user->size * sizeof(*user->rows));
    }
    user->rows[user->count++] = (struct changed_row){id, what};
    user->is_sorted = false;
    changes->count++;
}

int64_t changed_rows_pause(const struct changed_rows *changes, int64_t steady)
{
    const struct changed_rows_user *first = TAILQ_FIRST(&changes->in_order);
    int64_t due;

    if (!first)
        return INT64_MAX;
    due = first->since + CHANGED_ROWS_MS;
    return due <= steady || !changed_rows_have_room(changes) ? 0 : due - steady;
}

static int compare_ids(const void *a, const void *b)
{
    const struct changed_row *first = a, *second = b;

    return (first->id > second->id) - (first->id < second->id);
}

/* Sorts the rows and makes one of those that stand there twice. */
static void user_sort(struct changed_rows *changes, struct changed_rows_user *user)
{
    size_t kept = 0;

    qsort(user->rows, user->count, sizeof(*user->rows), compare_ids);
    for (size_t i = 0; i < user->count; i++) {
        if (kept > 0 && user->rows[kept - 1].id == user->rows[i].id)
            user->rows[kept - 1].what |= user->rows[i].what;
        else
            user->rows[kept++] = user->rows[i];
    }
    changes->count -= user->count - kept;
    user->count = kept;
    user->is_sorted = true;
}

struct changed_rows_user *changed_rows_first(struct changed_rows *changes)
{
    struct changed_rows_user *user = TAILQ_FIRST(&changes->in_order);

    if (user && !user->is_sorted)
        user_sort(changes, user);
    return user;
}

void changed_rows_drop(struct changed_rows *changes, struct changed_rows_user *user, size_t count)
{
    if (count >= user->count) {
        user_drop(changes, user);
        return;
    }
    user->count -= count;
    changes->count -= count;
    memmove(user->rows, user->rows + count, user->count * sizeof(*user->rows));
}
