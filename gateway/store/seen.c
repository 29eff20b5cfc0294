#include "gateway/store/seen.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/member_verbs.h"

int seen_look_up(
    struct page *page, size_t index, const struct turn *turn, const struct watch *watch)
{
    int64_t *seen = &page->rows[index].created_at;
    const struct watched *watched = watch_find_even_gone(watch, page_name(page, index));

    if (turn->engine->members->last_seen(turn->engine, page_name(page, index), seen) < 0)
        return -1;
    if (watched && watched->is_changed)
        *seen = watched->connections > 0 ? turn->wall : watched->changed_at;
    if (*seen > turn->wall)
        *seen = turn->wall;
    return 0;
}

void seen_answer(const struct page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_seen *answer), void *context)
{
    const char **users = mem_array(page->count + 1, sizeof(*users));
    int64_t *last_seen = mem_array(page->count + 1, sizeof(*last_seen));
    struct store_seen answer = {.verdict = verdict, .users = users, .last_seen = last_seen};

    for (size_t i = 0; i < page->count; i++) {
        if (page->rows[i].created_at == SEEN_NOT_TOLD)
            continue;
        users[answer.count] = page_name(page, i);
        last_seen[answer.count++] = page->rows[i].created_at;
    }
    done(context, &answer);
    free(users);
    free(last_seen);
}
