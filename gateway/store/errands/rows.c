/* The present state of some of a user's notifications (store_rows). */
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/post.h"
#include "gateway/store/queue.h"
#include "gateway/store/row_state.h"
#include "gateway/store/store_notifications.h"

struct rows {
    struct errand errand;
    void (*done)(void *context, const struct store_found *answer);
    char *user;
    int64_t *ids;
    size_t count;
    struct page page; /* of those that are shown, in order */
    struct row_state states[STORE_ROWS_MAX];
};

static enum errand_step rows_read(struct queue *queue, struct errand *errand)
{
    struct rows *rows = (struct rows *)errand;

    page_release(&rows->page);
    page_add_text(&rows->page, rows->user);
    for (size_t i = 0; i < rows->count; i++)
        if (row_state_look(
                &queue->inbox, &queue->turn, rows->ids[i], 0, &rows->page, &rows->states[i]) < 0)
            return ERRAND_FAILED;
    turn_count(&queue->turn, COUNTER_ROWS_READ, rows->page.count);
    errand->verdict = STORE_OK;
    return ERRAND_DONE;
}

static void rows_answer(struct errand *errand)
{
    struct rows *rows = (struct rows *)errand;
    struct store_row *shown = page_rows(&rows->page);
    struct store_state states[STORE_ROWS_MAX];
    struct store_found answer = {.verdict = errand->verdict, .states = states};
    size_t next = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct row_state *state = &rows->states[i];

        if (!state->is_bad)
            states[answer.count++] = (struct store_state){
                .id = rows->ids[i],
                .row = state->is_shown ? &shown[next++] : NULL,
                .is_pending = state->is_pending,
                .removal = state->removal,
            };
    }
    rows->done(errand->context, &answer);
    free(shown);
}

static size_t rows_bytes(const struct errand *errand)
{
    return page_bytes(&((const struct rows *)errand)->page);
}

static void rows_free(struct errand *errand)
{
    struct rows *rows = (struct rows *)errand;

    free(rows->user);
    free(rows->ids);
    page_release(&rows->page);
}

static const struct errand_kind rows_kind = {
    ERRAND_OF(struct rows),
    .of_ids = true,
    .read = rows_read,
    .answer = rows_answer,
    .bytes = rows_bytes,
    .free = rows_free,
};

void store_rows(struct store *store, const char *user, const int64_t *ids, size_t count,
    void (*found)(void *context, const struct store_found *answer), void *context)
{
    struct rows *rows = (struct rows *)errand_new(&rows_kind);

    rows->done = found;
    rows->user = mem_strdup(user);
    rows->errand.about = rows->user;
    rows->count = count < STORE_ROWS_MAX ? count : STORE_ROWS_MAX;
    rows->ids = errand_copy_ids(ids, rows->count);
    post_errand(store, &rows->errand, context);
}
