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
    bool is_long; /* it took more than one turn */
    bool has_more;
};

struct list_walk {
    struct queue *queue;
    struct list *list;
    int64_t sought; /* by list_visit_sought */
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

/* Adds the row to the page, if it is to be listed. 1; 0 if the page is full; or -1. */
static int list_take(struct list_walk *walk, const struct notification_state *state)
{
    struct list *list = walk->list;
    struct inbox *inbox = &walk->queue->inbox;
    struct turn *turn = &walk->queue->turn;
    int taken = 1;

    if (state->id <= inbox->last_seen && list_shows(list, turn, state))
        taken =
            scan_take(inbox, turn, state->id, true, list->filter.limit, LIST_BYTES, &list->page);
    walk->is_full = taken == 0;
    return taken;
}

static int list_visit(void *context, const struct notification_state *state)
{
    struct list_walk *walk = context;
    int taken = list_take(walk, state);

    if (taken == 1)
        walk->list->before = state->id;
    return taken == 1 ? ++walk->steps < LIST_STEPS : taken;
}

static int list_visit_sought(void *context, const struct notification_state *state)
{
    struct list_walk *walk = context;

    return state->id == walk->sought && list_take(walk, state) < 0 ? -1 : 0;
}

static int list_walk_from(struct list_walk *walk, int64_t before, notification_visit visit)
{
    const struct list *list = walk->list;
    struct engine *engine = walk->queue->turn.engine;
    enum notification_list which = list->filter.archived      ? LIST_ARCHIVED
                                   : list->filter.unread_only ? LIST_UNREAD
                                                              : LIST_ALL;

    return engine->notifications->walk_listed(engine, list->user, before, which, visit, walk);
}

static void list_begin_page(struct list *list)
{
    page_init(&list->page);
    page_add_text(&list->page, list->user);
}

/* What earlier turns took may have changed since, and the client may have been told so: those rows
 * are looked at once more, for an answer must not be older than the news before it. */
static int list_look_again(struct list_walk *walk)
{
    struct list *list = walk->list;
    struct page former = list->page;
    int result = 0;

    list_begin_page(list);
    for (size_t i = 0; result >= 0 && !walk->is_full && i < former.count; i++) {
        walk->sought = former.rows[i].id;
        result = list_walk_from(walk, walk->sought + 1, list_visit_sought);
    }
    if (result < 0) {
        page_release(&list->page);
        list->page = former;
        return -1;
    }
    list->has_more |= walk->is_full;
    page_release(&former);
    return 0;
}

/* Goes on in the next turn where many rows are examined that are not shown: an empty page with more
 * behind it would make the client ask for ever. */
static enum errand_step list_read(struct queue *queue, struct errand *errand)
{
    struct list *list = (struct list *)errand;
    struct list_walk walk = {queue, list, 0, 0, false};
    int ended;

    if (list->page.text.len == 0)
        list_begin_page(list);
    errand->verdict = STORE_OK;
    ended = list_walk_from(&walk, list->before, list_visit);
    list->has_more = walk.is_full;
    if (ended < 0)
        return ERRAND_FAILED;
    if (ended == 0 && !walk.is_full) {
        list->is_long = true;
        return ERRAND_GOES_ON;
    }
    walk.is_full = false;
    return list->is_long && list_look_again(&walk) < 0 ? ERRAND_FAILED : ERRAND_DONE;
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
