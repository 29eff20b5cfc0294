#include "gateway/store/marks.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/store_notifications.h"

void marks_init(struct marks *marks)
{
    marks->by_id = NULL;
    marks->count = 0;
    TAILQ_INIT(&marks->in_order);
}

void marks_release(struct marks *marks)
{
    struct mark *mark;

    while ((mark = marks_first(marks)))
        marks_remove(marks, mark);
}

static struct mark *find(const struct marks *marks, int64_t id)
{
    struct mark *mark;

    HASH_FIND(hh, marks->by_id, &id, sizeof(id), mark);
    return mark;
}

static void confirm(struct mark *mark, int64_t at)
{
    if (mark->delivered)
        return;
    mark->delivered = true;
    mark->at = at;
}

bool marks_add(struct marks *marks, int64_t id, bool delivered, int64_t at)
{
    struct mark *mark = find(marks, id);
    bool made = !mark && marks->count < STORE_UNMARKED_MAX;

    if (made) {
        mark = mem_zalloc(sizeof(*mark));
        mark->id = id;
        HASH_ADD(hh, marks->by_id, id, sizeof(mark->id), mark);
        TAILQ_INSERT_TAIL(&marks->in_order, mark, entry);
        marks->count++;
    }
    if (mark) {
        mark->attempts++;
        if (delivered)
            confirm(mark, at);
    }
    return made;
}

void marks_discount(struct marks *marks, int64_t id)
{
    struct mark *mark = find(marks, id);

    if (mark)
        mark->delivered = false;
}

struct mark *marks_first(const struct marks *marks)
{
    return TAILQ_FIRST(&marks->in_order);
}

void marks_remove(struct marks *marks, struct mark *mark)
{
    HASH_DELETE(hh, marks->by_id, mark);
    TAILQ_REMOVE(&marks->in_order, mark, entry);
    marks->count--;
    free(mark);
}

int64_t marks_confirmed_at(const struct marks *marks, int64_t id)
{
    const struct mark *mark = find(marks, id);

    return mark && mark->delivered ? mark->at : -1;
}
