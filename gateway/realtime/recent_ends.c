#include "gateway/realtime/recent_ends.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

struct recent_ends {
    int64_t since;
    size_t count; /* ever added */
    struct recent_end entries[RECENT_ENDS];
};

struct recent_ends *recent_ends_new(int64_t now)
{
    struct recent_ends *ends = mem_zalloc(sizeof(*ends));

    ends->since = now;
    return ends;
}

void recent_ends_free(struct recent_ends *ends)
{
    free(ends);
}

void recent_ends_add(struct recent_ends *ends, const struct recent_end *end)
{
    struct recent_end *entry = &ends->entries[ends->count % RECENT_ENDS];

    if (ends->count >= RECENT_ENDS)
        ends->since = entry->ended_at;
    *entry = *end;
    ends->count++;
}

size_t recent_ends_of(
    const struct recent_ends *ends, const char *user, const struct recent_end **found, size_t max)
{
    size_t kept = ends->count < RECENT_ENDS ? ends->count : RECENT_ENDS;
    size_t count = 0;

    for (size_t back = 1; back <= kept && count < max; back++) {
        const struct recent_end *entry = &ends->entries[(ends->count - back) % RECENT_ENDS];

        if (strcmp(entry->user, user) == 0)
            found[count++] = entry;
    }
    return count;
}

int64_t recent_ends_since(const struct recent_ends *ends)
{
    return ends->since;
}
