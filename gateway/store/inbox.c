#include "gateway/store/inbox.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/spell.h"

void inbox_init(struct inbox *inbox)
{
    watch_init(&inbox->watch);
    traffic_init(&inbox->traffic);
    marks_init(&inbox->marks);
    set_back_init(&inbox->set_back);
    failures_init(&inbox->failures);
    changed_rows_init(&inbox->changed_rows);
    inbox->hinted_at = INT64_MIN / 2;
}

void inbox_release(struct inbox *inbox)
{
    watch_release(&inbox->watch);
    marks_release(&inbox->marks);
    set_back_release(&inbox->set_back);
    failures_release(&inbox->failures);
    changed_rows_release(&inbox->changed_rows);
}

void inbox_fail_row(
    struct inbox *inbox, const struct turn *turn, int64_t id, const struct reason *why)
{
    if (failures_add(&inbox->failures, id, why))
        log_warn(turn->log, "notification %" PRId64 " cannot be sent: %s", id, why->text);
}

struct watched *inbox_find(const struct inbox *inbox, const char *user)
{
    return watch_find(&inbox->watch, user, strlen(user));
}

bool inbox_is_due_untold(const struct inbox *inbox, const char *user)
{
    const struct watched *watched = inbox_find(inbox, user);

    return watched && (watched->flags & WATCH_DUE);
}

struct shown {
    struct inbox *inbox;
    struct turn *turn;
    bool listed;
    size_t user;
    struct page *page;
    bool is_bad;
};

static int show_row(void *context, const struct notification_row *row)
{
    struct shown *shown = context;
    struct reason why;

    if (spell_notification(row, shown->listed, shown->user, shown->page, &why) == 0)
        return 1;
    inbox_fail_row(shown->inbox, shown->turn, row->id, &why);
    shown->is_bad = true;
    return 0;
}

int inbox_show(
    struct inbox *inbox, struct turn *turn, int64_t id, bool listed, size_t user, struct page *page)
{
    struct shown shown = {inbox, turn, listed, user, page, false};
    struct engine *engine = turn->engine;
    int found = engine->notifications->show(engine, id, show_row, &shown);

    return found == 1 && shown.is_bad ? 0 : found;
}
