#include "gateway/delivery/window.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIRST_SIZE 4

struct window_item {
    int64_t id;
    uint32_t octets;
    uint32_t mark;
};

void window_add(struct window *window, int64_t id, uint32_t octets, uint32_t mark)
{
    if (window->count == window->size) {
        window->size = window->size ? window->size * 2 : FIRST_SIZE;
        window->items = mem_resize(window->items, window->size * sizeof(*window->items));
    }
    window->items[window->count++] = (struct window_item){id, octets, mark};
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

/* Takes out `count` items from `first` on. */
static size_t take(struct window *window, uint32_t first, uint32_t count, int64_t *ids)
{
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = window->items[first + i].id;
        window->octets -= window->items[first + i].octets;
    }
    window->count -= count;
    memmove(&window->items[first], &window->items[first + count],
        (window->count - first) * sizeof(*window->items));
    if (window->count == 0)
        window_release(window);
    return count;
}

size_t window_settle_through(struct window *window, uint32_t mark, int64_t *ids)
{
    uint32_t settled = 0;

    while (settled < window->count && window->items[settled].mark <= mark)
        settled++;
    return settled ? take(window, 0, settled, ids) : 0;
}

size_t window_settle_one(struct window *window, uint32_t mark, int64_t *ids)
{
    for (uint32_t i = 0; i < window->count; i++) {
        if (window->items[i].mark == mark)
            return take(window, i, 1, ids);
    }
    return 0;
}

size_t window_settle_all(struct window *window, int64_t *ids)
{
    return window->count ? take(window, 0, window->count, ids) : 0;
}

void window_release(struct window *window)
{
    free(window->items);
    *window = (struct window){0};
}
