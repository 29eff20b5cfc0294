#include "gateway/store/scan.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/spell.h"

/* Rows examined for one page. */
#define STEPS 4096

struct owed_walk {
    struct inbox *inbox;
    struct turn *turn;
    const struct store_scan *scan;
    struct owed *owed;
    int steps;
};

enum owed_word { OWED_SKIP, OWED_TAKE, OWED_BAD };

int scan_is_due(const struct turn *turn, const struct notification_state *state, struct reason *why)
{
    int64_t after, expires;
    int has_after = cell_time(&state->deliver_after, "deliver_after", &after, why);
    int has_expiry = cell_time(&state->expires_at, "expires_at", &expires, why);

    if (has_after < 0 || has_expiry < 0)
        return -1;
    return !(has_after && after > turn->wall) && !(has_expiry && expires <= turn->wall);
}

/* A time in the future: some clock was ahead when that was confirmed, so not by anybody connected
 * here. */
static bool is_to_come(const struct turn *turn, int64_t ms)
{
    return ms > turn->wall && ms > atomic_load(&turn->shared->moment);
}

static enum owed_word owed_judge_pending(
    const struct owed_walk *walk, const struct notification_state *state, struct reason *why)
{
    int due = scan_is_due(walk->turn, state, why);

    return due < 0 ? OWED_BAD : due ? OWED_TAKE : OWED_SKIP;
}

/* A confirmed row, whether marked in the database or not yet, is owed to scans that began before
 * the confirmation. */
static enum owed_word owed_judge(const struct owed_walk *walk,
    const struct notification_state *state, int64_t *confirmed_at, struct reason *why)
{
    bool is_delivered = spell_status(&state->status) == STATUS_DELIVERED;

    *confirmed_at = marks_confirmed_at(&walk->inbox->marks, walk->scan->user, state->id);
    if (is_delivered && cell_time(&state->delivered_at, "delivered_at", confirmed_at, why) != 1)
        return OWED_SKIP;
    if (is_delivered && state->is_since)
        return OWED_TAKE;
    if (is_delivered && is_to_come(walk->turn, *confirmed_at))
        return OWED_SKIP;
    if (is_delivered || *confirmed_at >= 0)
        return walk->scan->shared && *confirmed_at >= walk->scan->started ? OWED_TAKE : OWED_SKIP;
    return owed_judge_pending(walk, state, why);
}

int scan_take(struct inbox *inbox, struct turn *turn, int64_t id, bool listed, size_t max_rows,
    size_t max_bytes, struct page *page)
{
    size_t before = page->text.len;
    int shown;

    if (page->count >= max_rows)
        return 0;
    shown = inbox_show(inbox, turn, id, listed, 0, page);
    if (shown <= 0)
        return shown < 0 ? -1 : 1;
    /* The first row is taken however large it is: no page would have more room. */
    if (page->text.len > max_bytes && page->count > 1) {
        page_take_back(page, before);
        return 0;
    }
    turn_count(turn, COUNTER_ROWS_READ, 1);
    return 1;
}

static void owed_note_times(
    struct page_row *row, const struct notification_state *state, int64_t confirmed_at)
{
    int64_t after;

    row->confirmed_at = confirmed_at;
    if (cell_time(&state->deliver_after, "deliver_after", &after, NULL) == 1 && after > row->due_at)
        row->due_at = after;
}

static int owed_visit(void *context, const struct notification_state *state)
{
    struct owed_walk *walk = context;
    struct page *page = &walk->owed->page;
    size_t before = page->count;
    struct reason why;
    int64_t confirmed_at;
    enum owed_word word = owed_judge(walk, state, &confirmed_at, &why);
    int taken = 1;

    if (word == OWED_BAD)
        inbox_fail_row(walk->inbox, walk->turn, state->id, &why);
    if (word == OWED_TAKE) {
        taken = scan_take(walk->inbox, walk->turn, state->id, false, walk->scan->max_rows,
            walk->scan->max_bytes, page);
        if (page->count > before)
            owed_note_times(&page->rows[before], state, confirmed_at);
    }
    if (taken == 1)
        walk->owed->upto = state->id;
    return taken == 1 ? ++walk->steps < STEPS : taken;
}

int scan_owed(
    struct inbox *inbox, struct turn *turn, const struct store_scan *scan, struct owed *owed)
{
    struct engine *engine = turn->engine;
    struct owed_walk walk = {inbox, turn, scan, owed, 0};
    int ended;

    page_release(&owed->page);
    page_add_text(&owed->page, scan->user);
    owed->upto = scan->after;
    owed->complete = false;
    if (scan->after == 0 && !owed->mark)
        owed->mark = mem_strdup_or_null(turn_mark(turn));
    ended = engine->notifications->walk_owed(engine, scan->user, scan->after, inbox->last_seen,
        scan->shared, scan->mark, owed_visit, &walk);
    if (ended == 1 && inbox->last_seen >= scan->after) {
        owed->upto = inbox->last_seen;
        owed->complete = true;
    }
    return ended < 0 ? -1 : 0;
}

void scan_release(struct owed *owed)
{
    page_release(&owed->page);
    free(owed->mark);
    owed->mark = NULL;
}

size_t scan_bytes(const struct owed *owed)
{
    return page_bytes(&owed->page);
}

struct store_page scan_page(
    const struct owed *owed, enum store_verdict verdict, const struct store_row *rows)
{
    return (struct store_page){
        .verdict = verdict,
        .rows = rows,
        .count = owed->page.count,
        .upto = owed->upto,
        .complete = owed->complete,
        .mark = owed->mark,
    };
}

int scan_count_on(struct inbox *inbox, struct turn *turn, const char *user, int64_t *after,
    struct store_counts *counts, size_t *rows)
{
    struct engine *engine = turn->engine;
    size_t before = *rows;
    int ended = engine->notifications->count_unread(
        engine, user, after, inbox->last_seen, turn->now, counts, rows);

    turn_count(turn, COUNTER_ROWS_COUNTED, before - *rows);
    return ended;
}
