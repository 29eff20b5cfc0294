#include "gateway/delivery/fresh.h"

#include <stdlib.h>

#include "common/memory.h"

struct fresh_ids {
    size_t count;
    int64_t list[FRESH_MAX];
};

size_t fresh_count(const struct fresh *fresh)
{
    return fresh->ids ? fresh->ids->count : 0;
}

static void fresh_add(struct fresh *fresh, int64_t id)
{
    if (!fresh->ids)
        fresh->ids = mem_zalloc(sizeof(*fresh->ids));
    fresh->ids->list[fresh->ids->count++] = id;
}

void fresh_note(struct fresh *fresh, const int64_t *ids, size_t count, int64_t passed)
{
    for (size_t i = 0; i < count && fresh_count(fresh) < FRESH_MAX; i++) {
        if (ids[i] > passed && !fresh_holds(fresh, ids[i]))
            fresh_add(fresh, ids[i]);
    }
}

bool fresh_holds(const struct fresh *fresh, int64_t id)
{
    for (size_t i = 0; i < fresh_count(fresh); i++) {
        if (fresh->ids->list[i] == id)
            return true;
    }
    return false;
}

void fresh_release(struct fresh *fresh)
{
    free(fresh->ids);
    fresh->ids = NULL;
}
