#include "gateway/store/row_state.h"

#include <string.h>

#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/spell.h"

struct look {
    struct inbox *inbox;
    struct turn *turn;
    size_t user;
    struct page *page;
    struct row_state *state;
};

static bool is_users(const struct look *look, const struct cell *user)
{
    const char *name = look->page->text.data + look->user;

    return user->kind == CELL_TEXT && user->len == strlen(name) &&
           memcmp(user->text, name, user->len) == 0;
}

/* A row that the user has confirmed is not pending any more, even if that is not written yet. */
static bool is_pending(const struct look *look, enum notification_status status, int64_t id)
{
    const char *user = look->page->text.data + look->user;

    return status == STATUS_PENDING && marks_confirmed_at(&look->inbox->marks, user, id) < 0;
}

static void look_show(
    const struct look *look, const struct notification_row *row, enum notification_status status)
{
    struct reason why;

    if (spell_notification(row, true, look->user, look->page, &why) == 0) {
        look->state->is_shown = true;
        look->state->is_pending = is_pending(look, status, row->id);
        look->state->is_read = status == STATUS_READ;
        return;
    }
    inbox_fail_row(look->inbox, look->turn, row->id, &why);
    look->state->is_bad = true;
}

/* A row that belongs to another user by now counts as deleted. */
static int look_visit(void *context, const struct notification_row *row)
{
    const struct look *look = context;
    enum notification_status status = spell_status(&row->status);

    if (row->bad)
        look_show(look, row, status);
    else if (!is_users(look, &row->user))
        look->state->removal = STORE_REMOVED_DELETED;
    else if (row->archived_at.kind != CELL_NULL)
        look->state->removal = STORE_REMOVED_ARCHIVED;
    else if (status != STATUS_SETTLED)
        look_show(look, row, status);
    else
        look->state->removal = strcmp(row->status.text, "expired") == 0 ? STORE_REMOVED_EXPIRED
                                                                        : STORE_REMOVED_CANCELLED;
    return 1;
}

int row_state_look(struct inbox *inbox, struct turn *turn, int64_t id, size_t user,
    struct page *page, struct row_state *state)
{
    struct look look = {inbox, turn, user, page, state};
    struct engine *engine = turn->engine;

    *state = (struct row_state){.removal = STORE_REMOVED_DELETED};
    return engine->notifications->show(engine, id, look_visit, &look) < 0 ? -1 : 0;
}
