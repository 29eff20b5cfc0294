#include "gateway/delivery/trail.h"

void trail_note(struct trail *trail, int64_t after, int64_t steady)
{
    int64_t passed = steady - trail->noted_at;

    if (passed >= TRAIL_MS) {
        trail->from = passed < 2 * TRAIL_MS ? trail->next : after;
        trail->next = after;
        trail->noted_at = steady;
    }
    if (after < trail->from)
        trail->from = after;
    if (after < trail->next)
        trail->next = after;
}

bool trail_covers(const struct trail *trail, int64_t id, int64_t steady)
{
    return id > trail->from && steady - trail->noted_at < 2 * TRAIL_MS;
}
