#include "gateway/delivery/recent.h"

#include <stdlib.h>

#include "common/memory.h"

struct recent_row {
    int64_t id, at;
};

struct recent {
    struct recent_row *rows; /* a ring */
    size_t size, next;
};

struct recent *recent_new(void)
{
    return mem_zalloc(sizeof(struct recent));
}

void recent_free(struct recent *recent)
{
    if (recent)
        free(recent->rows);
    free(recent);
}

/* Most connections confirm one row, or none. The oldest is the one that is overwritten next. */
static void recent_grow(struct recent *recent)
{
    size_t size = recent->size > 0 ? recent->size * 2 : 2;
    struct recent_row *rows = mem_zalloc(size * sizeof(*rows));

    for (size_t i = 0; i < recent->size; i++)
        rows[i] = recent->rows[(recent->next + i) % recent->size];
    free(recent->rows);
    recent->rows = rows;
    recent->next = recent->size;
    recent->size = size;
}

/* Whether the place where the next one goes is still needed. */
static bool is_full(const struct recent *recent, int64_t steady)
{
    const struct recent_row *oldest = recent->rows + recent->next;

    if (recent->size == 0)
        return true;
    return recent->size < RECENT_MAX && oldest->id != 0 &&
           (recent->size < RECENT_FEW || steady - oldest->at < RECENT_MS);
}

void recent_note(struct recent *recent, const int64_t *ids, size_t count, int64_t steady)
{
    for (size_t i = 0; i < count; i++) {
        if (is_full(recent, steady))
            recent_grow(recent);
        recent->rows[recent->next] = (struct recent_row){ids[i], steady};
        recent->next = (recent->next + 1) % recent->size;
    }
}

bool recent_holds(const struct recent *recent, int64_t id)
{
    for (size_t i = 0; i < recent->size; i++)
        if (recent->rows[i].id == id && id != 0)
            return true;
    return false;
}

void recent_forget(struct recent *recent, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < recent->size; j++)
            if (recent->rows[j].id == ids[i])
                recent->rows[j].id = 0;
}
