#include "gateway/store/tail.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/sibling_verbs.h"
#include "gateway/store/spell.h"

/* Rows examined in one batch. Rows of users who are not connected cost little. */
#define EXAMINED_MAX 4096
#define HINT_PAUSE_MS 60000

struct tail {
    struct inbox *inbox;
    struct turn *turn;
    struct news *news;
};

static int tell_row(
    struct tail *tail, struct watched *watched, const struct notification_state *state)
{
    struct page *page = &tail->news->page;
    size_t before = page->text.len;
    size_t user = page_add_text(page, watched->user);
    int shown = inbox_show(tail->inbox, tail->turn, state->id, false, user, page);

    if (shown <= 0) {
        page_cut(page, before);
        return shown;
    }
    news_add_row(tail->news);
    watched->counts.unread++;
    watched->counts.unseen += !state->is_seen;
    watch_flag(&tail->inbox->watch, watched, WATCH_TELL);
    turn_count(tail->turn, COUNTER_ROWS_READ, 1);
    return 0;
}

/* Sets the timers from a pending row's times. Whether it is due: 1, 0, or -1 if its times are
 * malformed. */
static int set_timers(
    const struct tail *tail, const struct notification_state *state, struct reason *why)
{
    struct schedule *schedule = &tail->inbox->schedule;
    int64_t wall = tail->turn->wall;
    int64_t after, expires;
    int has_after = cell_time(&state->deliver_after, "deliver_after", &after, why);
    int has_expiry = cell_time(&state->expires_at, "expires_at", &expires, why);

    if (has_after < 0 || has_expiry < 0)
        return -1;
    if (has_expiry && expires > wall)
        schedule_expect_expiry(schedule, expires);
    if (has_expiry && expires <= wall) {
        schedule_doubt(schedule, tail->turn);
        return 0;
    }
    if (has_after && after > wall) {
        schedule_expect_due(schedule, after);
        return 0;
    }
    return 1;
}

/* An id that a writer bound as a floating-point number became "42.0" in a column of text. */
static void hint_at_user(struct tail *tail, int64_t id, const struct cell *user)
{
    struct inbox *inbox = tail->inbox;

    if (user->len < 3 || strcmp(user->text + user->len - 2, ".0") != 0 ||
        !watch_find(&inbox->watch, user->text, user->len - 2))
        return;
    if (tail->turn->steady < inbox->hinted_at + HINT_PAUSE_MS)
        return;
    inbox->hinted_at = tail->turn->steady;
    log_warn(tail->turn->log,
        "notification %" PRId64 " is for a user \"%s\", who is not connected, while \"%.*s\" is: "
        "bind user ids as text, not as floating-point numbers",
        id, user->text, (int)user->len - 2, user->text);
}

/* Whether the row can be sent at all: 0, or -1 with the reason. */
static int check_state(const struct notification_state *state, struct reason *why)
{
    if (state->bad)
        return reason_set(why, "%s", state->bad);
    return spell_check_status(&state->status, why) < 0 ? -1 : spell_check_user(&state->user, why);
}

/* Somebody inserted the row as delivered or read, or marked it before it was seen here: lists show
 * it, so pages are told of it as of a row that has changed. 1; 0 if there is no room for that now.
 */
static int note_listed(
    const struct tail *tail, struct watched *watched, int64_t id, enum notification_status status)
{
    struct inbox *inbox = tail->inbox;

    if (status != STATUS_DELIVERED && status != STATUS_READ)
        return 1;
    if (!changed_rows_have_room_for_new(&inbox->changed_rows))
        return 0;
    changed_rows_note(&inbox->changed_rows, watched->user, id, ROW_UPDATED, tail->turn->steady);
    if (status == STATUS_DELIVERED)
        watch_flag(&inbox->watch, watched, WATCH_RECOUNT);
    return 1;
}

/* 1; 0 if the row must wait for its turn; or -1. */
static int examine_row(struct tail *tail, const struct notification_state *state)
{
    struct inbox *inbox = tail->inbox;
    enum notification_status status;
    struct watched *watched;
    struct reason why;
    int due;

    if (check_state(state, &why) < 0) {
        inbox_fail_row(inbox, tail->turn, state->id, &why);
        return 1;
    }
    if (state->is_archived)
        return 1;
    status = spell_status(&state->status);
    watched = watch_find(&inbox->watch, state->user.text, state->user.len);
    if (!watched)
        hint_at_user(tail, state->id, &state->user);
    /* Another gateway was quicker: our connections get it all the same. */
    if (status == STATUS_DELIVERED && state->was_sent)
        return watched && tell_row(tail, watched, state) < 0 ? -1 : 1;
    if (status != STATUS_PENDING)
        return watched ? note_listed(tail, watched, state->id, status) : 1;
    due = set_timers(tail, state, &why);
    if (due < 0)
        inbox_fail_row(inbox, tail->turn, state->id, &why);
    return due == 1 && watched && tell_row(tail, watched, state) < 0 ? -1 : 1;
}

static int on_row(void *context, const struct notification_state *state)
{
    struct tail *tail = context;
    const struct page *page = &tail->news->page;
    int examined;

    if (page->count >= TAIL_ROWS || page_bytes(page) >= TAIL_BYTES)
        return 0;
    examined = examine_row(tail, state);
    if (examined == 1 && state->id > tail->inbox->last_seen)
        tail->inbox->last_seen = state->id;
    return examined;
}

/* Another gateway may have delivered a row before it was read here: the mark shows none of them. */
int tail_read(struct inbox *inbox, struct turn *turn, struct news *news)
{
    struct tail tail = {inbox, turn, news};
    struct engine *engine = turn->engine;
    char *before =
        mem_strdup_or_null(engine->siblings ? engine->siblings->mark_before_new(engine) : NULL);
    int result =
        engine->notifications->walk_new(engine, inbox->last_seen, EXAMINED_MAX, on_row, &tail);

    if (news->page.count > 0)
        news_set_mark(news, before);
    free(before);
    inbox->has_tail = result != 1;
    return result < 0 ? -1 : 0;
}
