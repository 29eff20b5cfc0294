#include "gateway/store/row_news.h"

#include <assert.h>

#include "gateway/store/row_state.h"

/* Rows looked at for one batch, and bytes of those that are told. */
#define ROWS_MAX 512
#define BYTES_MAX ((size_t)256 << 10)

static_assert(ROWS_MAX <= STORE_IDS_MAX, "what one batch says about a user is one call each");

/* Rows of one user that are told together. */
struct told_rows {
    const char *user;
    size_t count;
    struct told_row {
        int64_t id;
        enum { TOLD_NOTHING, TOLD_REMOVED, TOLD_READ, TOLD_UNREAD } what;
        enum store_removal removal;
    } rows[ROWS_MAX];
};

struct batch {
    struct inbox *inbox;
    struct turn *turn;
    struct news *news;
    size_t room; /* for rows to look at */
};

static void told_mark(struct told_row *told, const struct row_state *state)
{
    if (state->is_read)
        told->what = TOLD_READ;
    else if (!state->is_pending)
        told->what = TOLD_UNREAD;
}

/* Tells the row if it looks different; what is told by its id alone is collected. */
static int look(
    struct batch *batch, const struct changed_row *change, size_t user, struct told_rows *told)
{
    struct page *page = &batch->news->page;
    struct told_row *row = &told->rows[told->count++];
    size_t before = page->text.len;
    struct row_state state;

    *row = (struct told_row){.id = change->id};
    if (row_state_look(batch->inbox, batch->turn, change->id, user, page, &state) < 0)
        return -1;
    if (!state.is_shown && !state.is_bad) {
        row->what = TOLD_REMOVED;
        row->removal = state.removal;
    }
    if (!state.is_shown)
        return 0;
    if (change->what & ROW_READ)
        told_mark(row, &state);
    if (change->what & ROW_UPDATED)
        news_add_updated(batch->news, state.is_pending);
    else
        page_take_back(page, before);
    return 0;
}

static void tell_removed(struct news *news, const struct told_rows *told)
{
    for (enum store_removal removal = 0; removal < STORE_REMOVALS; removal++)
        for (size_t i = 0; i < told->count; i++)
            if (told->rows[i].what == TOLD_REMOVED && told->rows[i].removal == removal)
                news_add_removed(news, told->user, removal, told->rows[i].id);
}

static void tell_marked(struct news *news, const struct told_rows *told, bool is_read)
{
    for (size_t i = 0; i < told->count; i++)
        if (told->rows[i].what == (is_read ? TOLD_READ : TOLD_UNREAD))
            news_add_marked(news, told->user, is_read, told->rows[i].id);
}

/* REPLACE deletes without a trigger, so nothing else says that a row which is gone now is not to be
 * counted any more. */
static void doubt_counts(struct inbox *inbox, const struct told_rows *told)
{
    struct watched *watched = inbox_find(inbox, told->user);

    for (size_t i = 0; watched && i < told->count; i++)
        if (told->rows[i].what == TOLD_REMOVED && told->rows[i].removal == STORE_REMOVED_DELETED) {
            watch_flag(&inbox->watch, watched, WATCH_RECOUNT);
            return;
        }
}

static int tell_user(struct batch *batch, const struct changed_rows_user *changed, size_t *done)
{
    const struct page *page = &batch->news->page;
    struct told_rows told = {.user = changed->user};
    size_t user = page_add_text(&batch->news->page, changed->user);
    int result = 0;

    while (result == 0 && told.count < changed->count && batch->room > 0 &&
           page_bytes(page) < BYTES_MAX) {
        result = look(batch, &changed->rows[told.count], user, &told);
        batch->room--;
    }
    doubt_counts(batch->inbox, &told);
    tell_removed(batch->news, &told);
    tell_marked(batch->news, &told, true);
    tell_marked(batch->news, &told, false);
    *done = told.count;
    return result;
}

/* A user who has gone meanwhile finds everything in its present state when they come back. */
int row_news_fill(struct inbox *inbox, struct turn *turn, struct news *news)
{
    struct batch batch = {inbox, turn, news, ROWS_MAX};
    struct changed_rows *changes = &inbox->changed_rows;
    int result = 0;

    while (result == 0 && batch.room > 0 && changed_rows_pause(changes, turn->steady) == 0 &&
           page_bytes(&news->page) < BYTES_MAX) {
        struct changed_rows_user *first = changed_rows_first(changes);
        size_t done = first->count;

        if (inbox_find(inbox, first->user))
            result = tell_user(&batch, first, &done);
        changed_rows_drop(changes, first, done);
    }
    turn_count(turn, COUNTER_ROWS_READ, ROWS_MAX - batch.room);
    return result;
}
