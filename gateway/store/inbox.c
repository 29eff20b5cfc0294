#include "gateway/store/inbox.h"

#include <inttypes.h>

void inbox_init(struct inbox *inbox)
{
    watch_init(&inbox->watch);
    marks_init(&inbox->marks);
    set_back_init(&inbox->set_back);
    failures_init(&inbox->failures);
    inbox->hinted_at = INT64_MIN / 2;
}

void inbox_release(struct inbox *inbox)
{
    watch_release(&inbox->watch);
    marks_release(&inbox->marks);
    set_back_release(&inbox->set_back);
    failures_release(&inbox->failures);
}

void inbox_fail_row(
    struct inbox *inbox, const struct turn *turn, int64_t id, const struct reason *why)
{
    if (failures_add(&inbox->failures, id, why))
        log_warn(turn->log, "notification %" PRId64 " cannot be sent: %s", id, why->text);
}
