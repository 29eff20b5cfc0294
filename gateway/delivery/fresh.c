#include "gateway/delivery/fresh.h"

#include <stdlib.h>

#include "common/memory.h"

static void fresh_add(struct fresh *fresh, int64_t id)
{
    if (!fresh->ids)
        fresh->ids = mem_array(FRESH_MAX, sizeof(*fresh->ids));
    fresh->ids[fresh->count++] = id;
}

void fresh_note(struct fresh *fresh, const int64_t *ids, size_t count, int64_t passed)
{
    for (size_t i = 0; i < count && fresh->count < FRESH_MAX; i++) {
        if (ids[i] > passed && !fresh_holds(fresh, ids[i]))
            fresh_add(fresh, ids[i]);
    }
}

bool fresh_holds(const struct fresh *fresh, int64_t id)
{
    for (size_t i = 0; i < fresh->count; i++) {
        if (fresh->ids[i] == id)
            return true;
    }
    return false;
}

void fresh_release(struct fresh *fresh)
{
    free(fresh->ids);
    *fresh = (struct fresh){0};
}
