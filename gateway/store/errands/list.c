/* A user's notifications, the newest first (store_list). */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/scan.h"
#include "gateway/store/spell.h"

/* Rows examined in one turn: others are served in between. */
#define LIST_STEPS 4096
#define LIST_BYTES ((size_t)256 << 10)

struct list {
    struct errand errand;
    void (*done)(void *context, const struct store_listed *answer);
    char *user, *type;
    struct store_list_filter filter; /* its `type` is not used, but the one above */
    int64_t before;                  /* only rows below this one are still to be examined */
    struct page page;
    bool has_more;
};

struct list_walk {
    struct queue *queue;
    struct list *list;
    int steps;
    bool is_full;
};

static bool is_of_type(const struct list *list, const struct cell *type)
{
    return !list->type || (type->text && strcmp(type->text, list->type) == 0);
}

static bool list_shows(
    const struct list *list, const struct turn *turn, const struct notification_state *state)
{
    struct reason why;

    if (!is_of_type(list, &state->type))
        return false;
    switch (spell_status(&state->status)) {
    case STATUS_READ:
        return !list->filter.unread_only;
    case STATUS_DELIVERED:
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
    struct list *list = walk->list;
    struct inbox *inbox = &walk->queue->inbox;
    struct turn *turn = &walk->queue->turn;
    int taken = 1;

    if (state->id <= inbox->last_seen && list_shows(list, turn, state))
        taken =
            scan_take(inbox, turn, state->id, true, list->filter.limit, LIST_BYTES, &list->page);
    walk->is_full = taken == 0;
    if (taken == 1)
        list->before = state->id;
    return taken == 1 ? ++walk->steps < LIST_STEPS : taken;
}

static enum notification_list list_which(const struct store_list_filter *filter)
{
    if (filter->archived)
        return LIST_ARCHIVED;
    return filter->unread_only ? LIST_UNREAD : LIST_ALL;
}

/* Goes on in the next turn where many rows are examined that are not shown: an empty page with more
 * behind it would make the client ask for ever. */
static enum errand_step list_read(struct queue *queue, struct errand *errand)
{
    struct list *list = (struct list *)errand;
    struct list_walk walk = {queue, list, 0, false};
    struct engine *engine = queue->turn.engine;
    int ended;

    if (list->page.text.len == 0)
        page_add_text(&list->page, list->user);
    errand->verdict = STORE_OK;
    ended = engine->notifications->walk_listed(
        engine, list->user, list->before, list_which(&list->filter), list_visit, &walk);
    list->has_more = walk.is_full;
    if (ended < 0)
        return ERRAND_FAILED;
    return ended == 0 && !walk.is_full ? ERRAND_GOES_ON : ERRAND_DONE;
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
    list->before = filter->before > 0 ? filter->before : INT64_MAX;
    page_init(&list->page);
    if (filter->type)
        list->type = mem_strdup(filter->type);
    post_errand(store, &list->errand, context);
}
