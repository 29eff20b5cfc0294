#include "gateway/delivery/recent.h"

void recent_note(struct recent *recent, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        recent->ids[recent->next++ % RECENT_MAX] = ids[i];
}

bool recent_holds(const struct recent *recent, int64_t id)
{
    for (size_t i = 0; i < RECENT_MAX; i++)
        if (recent->ids[i] == id && id != 0)
            return true;
    return false;
}

void recent_forget(struct recent *recent, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < RECENT_MAX; j++)
            if (recent->ids[j] == ids[i])
                recent->ids[j] = 0;
}
