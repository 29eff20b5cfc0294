#include "gateway/delivery/window.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIRST_SIZE 4

/* What a confirmation of it is worth. */
enum window_standing { WINDOW_FIRST, WINDOW_FORESTALLED, WINDOW_OUTDATED };

struct window_item {
    int64_t id;
    uint32_t octets : 30;
    uint32_t standing : 2; /* enum window_standing */
    uint32_t mark;
};

void window_add(struct window *window, int64_t id, uint32_t octets, uint32_t mark, bool forestalled)
{
    if (window->count == window->size) {
        window->size = window->size ? window->size * 2 : FIRST_SIZE;
        window->items = mem_resize(window->items, window->size * sizeof(*window->items));
    }
    window->items[window->count++] = (struct window_item){.id = id,
        .octets = octets & 0x3fffffff,
        .mark = mark,
        .standing = forestalled ? WINDOW_FORESTALLED : WINDOW_FIRST};
    window->octets += octets;
}

bool window_holds(const struct window *window, int64_t id)
{
    for (uint32_t i = 0; i < window->count; i++) {
        if (window->items[i].id == id)
            return true;
    }
    return false;
}

/* Windows hold much the same rows in much the same order: each is looked for from where the last
 * one was found. */
static void lower(
    struct window *window, const int64_t *ids, size_t count, enum window_standing standing)
{
    uint32_t at = 0;

    for (size_t i = 0; i < count; i++) {
        for (uint32_t looks = 0; looks < window->count; looks++) {
            struct window_item *item = &window->items[(at + looks) % window->count];

            if (item->id == ids[i]) {
                if (item->standing < standing)
                    item->standing = standing;
                at = (at + looks + 1) % window->count;
                break;
            }
        }
    }
}

void window_forestall(struct window *window, const int64_t *ids, size_t count)
{
    lower(window, ids, count, WINDOW_FORESTALLED);
}

void window_set_back(struct window *window, const int64_t *ids, size_t count)
{
    lower(window, ids, count, WINDOW_OUTDATED);
}

static size_t list(
    const struct window_item *items, uint32_t count, enum window_standing standing, int64_t *ids)
{
    size_t listed = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (items[i].standing == standing)
            ids[listed++] = items[i].id;
    }
    return listed;
}

/* Takes out `count` items from `from` on. */
static struct window_settled take(
    struct window *window, uint32_t from, uint32_t count, int64_t *ids)
{
    const struct window_item *items = &window->items[from];
    struct window_settled settled = {.count = count};

    if (count == 0)
        return settled;
    settled.first = list(items, count, WINDOW_FIRST, ids);
    settled.valid = settled.first + list(items, count, WINDOW_FORESTALLED, ids + settled.first);
    list(items, count, WINDOW_OUTDATED, ids + settled.valid);
    for (uint32_t i = 0; i < count; i++)
        window->octets -= window->items[from + i].octets;
    window->count -= count;
    memmove(&window->items[from], &window->items[from + count],
        (window->count - from) * sizeof(*window->items));
    if (window->count == 0)
        window_release(window);
    return settled;
}

struct window_settled window_settle_through(struct window *window, uint32_t mark, int64_t *ids)
{
    uint32_t count = 0;

    while (count < window->count && window->items[count].mark <= mark)
        count++;
    return take(window, 0, count, ids);
}

struct window_settled window_settle_one(struct window *window, uint32_t mark, int64_t *ids)
{
    for (uint32_t i = 0; i < window->count; i++) {
        if (window->items[i].mark == mark)
            return take(window, i, 1, ids);
    }
    return (struct window_settled){0};
}

struct window_settled window_settle_all(struct window *window, int64_t *ids)
{
    return take(window, 0, window->count, ids);
}

void window_release(struct window *window)
{
    free(window->items);
    *window = (struct window){0};
}
