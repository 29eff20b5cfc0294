#include "gateway/ops/watchdog.h"

#include "common/container_of.h"
#include "common/notify.h"

static void on_tick(struct wheel_entry *entry)
{
    struct watchdog *watchdog = container_of(entry, struct watchdog, tick);

    if (watchdog->store_busy_ms(watchdog->context) < watchdog->limit_ms * WATCHDOG_STORE_TIMES)
        notify("WATCHDOG=1");
    wheel_start(watchdog->wheel, entry, watchdog->limit_ms / 2, on_tick);
}

void watchdog_start(struct watchdog *watchdog, struct wheel *wheel,
    int64_t (*store_busy_ms)(void *context), void *context)
{
    *watchdog = (struct watchdog){
        .wheel = wheel,
        .limit_ms = notify_watchdog_ms(),
        .store_busy_ms = store_busy_ms,
        .context = context,
    };
    if (watchdog->limit_ms > 0)
        on_tick(&watchdog->tick);
}

void watchdog_stop(struct watchdog *watchdog)
{
    wheel_stop(&watchdog->tick);
}
