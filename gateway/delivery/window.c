#include "gateway/delivery/window.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIRST_SIZE 4

/* What a confirmation of it is worth. */
enum window_standing { WINDOW_FIRST, WINDOW_FORESTALLED, WINDOW_OUTDATED };

struct window_rows {
    size_t bytes;
    uint32_t count, size;
    struct window_row {
        int64_t id;
        uint32_t bytes : 30;
        uint32_t standing : 2; /* enum window_standing */
        uint32_t mark;
        uint32_t sent_at;
    } list[];
};

size_t window_count(const struct window *window)
{
    return window->rows ? window->rows->count : 0;
}

size_t window_bytes(const struct window *window)
{
    return window->rows ? window->rows->bytes : 0;
}

static struct window_rows *rows_grow(struct window_rows *rows)
{
    uint32_t size = rows ? rows->size * 2 : FIRST_SIZE;
    struct window_rows *grown = mem_resize(rows, sizeof(*grown) + size * sizeof(grown->list[0]));

    if (!rows) {
        grown->bytes = 0;
        grown->count = 0;
    }
    grown->size = size;
    return grown;
}

void window_add(struct window *window, int64_t id, uint32_t bytes, uint32_t mark, uint32_t sent_at,
    bool forestalled)
{
    struct window_rows *rows = window->rows;

    if (!rows || rows->count == rows->size)
        window->rows = rows = rows_grow(rows);
    rows->list[rows->count++] = (struct window_row){.id = id,
        .bytes = bytes & 0x3fffffff,
        .mark = mark,
        .sent_at = sent_at,
        .standing = forestalled ? WINDOW_FORESTALLED : WINDOW_FIRST};
    rows->bytes += bytes & 0x3fffffff;
}

bool window_holds(const struct window *window, int64_t id)
{
    const struct window_rows *rows = window->rows;

    for (uint32_t i = 0; i < window_count(window); i++) {
        if (rows->list[i].id == id)
            return true;
    }
    return false;
}

/* Windows hold nearly the same rows in nearly the same order, so each id is searched from where the
 * last one was found. */
static void rows_lower(
    struct window_rows *rows, const int64_t *ids, size_t count, enum window_standing standing)
{
    uint32_t at = 0;

    for (size_t i = 0; rows && i < count; i++) {
        for (uint32_t looks = 0; looks < rows->count; looks++) {
            struct window_row *row = &rows->list[(at + looks) % rows->count];

            if (row->id == ids[i]) {
                if (row->standing < standing)
                    row->standing = standing;
                at = (at + looks + 1) % rows->count;
                break;
            }
        }
    }
}

void window_forestall(struct window *window, const int64_t *ids, size_t count)
{
    rows_lower(window->rows, ids, count, WINDOW_FORESTALLED);
}

void window_set_back(struct window *window, const int64_t *ids, size_t count)
{
    rows_lower(window->rows, ids, count, WINDOW_OUTDATED);
}

static size_t rows_list(
    const struct window_row *list, uint32_t count, enum window_standing standing, int64_t *ids)
{
    size_t listed = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (list[i].standing == standing)
            ids[listed++] = list[i].id;
    }
    return listed;
}

/* Takes out `count` rows from `from` on. */
static struct window_settled rows_take(
    struct window *window, uint32_t from, uint32_t count, int64_t *ids, uint32_t *sent_at)
{
    struct window_settled settled = {.count = count};
    struct window_rows *rows = window->rows;
    struct window_row *list;

    if (count == 0)
        return settled;
    list = &rows->list[from];
    settled.first = rows_list(list, count, WINDOW_FIRST, ids);
    settled.valid = settled.first + rows_list(list, count, WINDOW_FORESTALLED, ids + settled.first);
    rows_list(list, count, WINDOW_OUTDATED, ids + settled.valid);
    for (uint32_t i = 0; i < count; i++) {
        rows->bytes -= list[i].bytes;
        if (sent_at)
            sent_at[i] = list[i].sent_at;
    }
    rows->count -= count;
    memmove(list, list + count, (rows->count - from) * sizeof(*list));
    if (rows->count == 0)
        window_release(window);
    return settled;
}

struct window_settled window_settle_through(
    struct window *window, uint32_t mark, int64_t *ids, uint32_t *sent_at)
{
    uint32_t count = 0;

    while (count < window_count(window) && window->rows->list[count].mark <= mark)
        count++;
    return rows_take(window, 0, count, ids, sent_at);
}

struct window_settled window_settle_one(
    struct window *window, uint32_t mark, int64_t *ids, uint32_t *sent_at)
{
    for (uint32_t i = 0; i < window_count(window); i++) {
        if (window->rows->list[i].mark == mark)
            return rows_take(window, i, 1, ids, sent_at);
    }
    return (struct window_settled){0};
}

struct window_settled window_settle_all(struct window *window, int64_t *ids)
{
    return rows_take(window, 0, (uint32_t)window_count(window), ids, NULL);
}

void window_release(struct window *window)
{
    free(window->rows);
    window->rows = NULL;
}
