/* A user's notifications, the newest first (store_list). */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/scan.h"
#include "gateway/store/spell.h"

/* A list examines more rows than a scan: an empty page with hasMore would make the client ask
 * forever. */
#define LIST_STEPS 65536
#define LIST_BYTES ((size_t)256 << 10)

struct list {
    struct errand errand;
    void (*done)(void *context, const struct store_listed *answer);
    char *user;
    struct store_list_filter filter; /* its type is the errand's own copy */
    char *type;
    struct page page;
    bool has_more;
};

struct list_walk {
    struct queue *queue;
    struct list *list;
    int steps;
};

static bool list_shows(const struct turn *turn, const struct notification_state *state)
{
    struct reason why;

    switch (spell_status(&state->status)) {
    case STATUS_DELIVERED:
    case STATUS_READ:
        return true;
    case STATUS_PENDING:
        return scan_is_due(turn, state, &why) == 1;
    case STATUS_SETTLED:
    case STATUS_UNKNOWN:
        break;
    }
    return false;
}

static int list_visit(void *context, const struct notification_state *state)
{
    struct list_walk *walk = context;
    struct inbox *inbox = &walk->queue->inbox;
    struct turn *turn = &walk->queue->turn;
    int taken = 1;

    if (state->id <= inbox->last_seen && list_shows(turn, state))
        taken = scan_take(
            inbox, turn, state->id, true, walk->list->filter.limit, LIST_BYTES, &walk->list->page);
    return taken == 1 ? ++walk->steps < LIST_STEPS : taken;
}

static enum errand_step list_read(struct queue *queue, struct errand *errand)
{
    struct list *list = (struct list *)errand;
    struct list_walk walk = {queue, list, 0};
    struct engine *engine = queue->turn.engine;
    int ended;

    page_release(&list->page);
    page_add_text(&list->page, list->user);
    errand->verdict = STORE_OK;
    ended = engine->notifications->walk_listed(engine, list->user,
        list->filter.before > 0 ? list->filter.before : INT64_MAX, list->filter.unread_only,
        list_visit, &walk);
    list->has_more = ended == 0;
    return ended < 0 ? ERRAND_FAILED : ERRAND_DONE;
}

static void list_answer(struct errand *errand)
{
    struct list *list = (struct list *)errand;
    struct store_row *rows = page_rows(&list->page);
    struct store_listed answer = {
        .verdict = errand->verdict,
        .rows = rows,
        .count = list->page.count,
        .has_more = list->has_more,
    };

    list->done(errand->context, &answer);
    free(rows);
}

static size_t list_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct list *)errand)->page);
}

static void list_free(struct errand *errand)
{
    struct list *list = (struct list *)errand;

    free(list->user);
    free(list->type);
    page_release(&list->page);
}

static const struct errand_kind list_kind = {
    ERRAND_OF(struct list),
    .read = list_read,
    .answer = list_answer,
    .bytes = list_bytes,
    .free = list_free,
};

void store_list(struct store *store, const char *user, const struct store_list_filter *filter,
    void (*listed)(void *context, const struct store_listed *answer), void *context)
{
    struct list *list = (struct list *)errand_new(&list_kind);

    list->done = listed;
    list->user = mem_strdup(user);
    list->errand.about = list->user;
    list->filter = *filter;
    if (filter->type)
        list->filter.type = list->type = mem_strdup(filter->type);
    post_errand(store, &list->errand, context);
}
