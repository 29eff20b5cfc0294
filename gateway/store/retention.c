#include "gateway/store/retention.h"

#include <inttypes.h>

#define PAUSE_MS 50
/* While another gateway is at it. */
#define CLAIM_MS 5000
#define REST_MS 3600000
#define HELD_LOOK_MS 60000
#define DAY_MS ((int64_t)86400000)

/* A batch of each step: 1 if the step is complete, 0, or -1. */

static int forget_statistics(struct retention *retention, struct engine *engine, const char *before)
{
    (void)retention;
    (void)before;
    return engine->retention->forget_statistics ? engine->retention->forget_statistics(engine) : 1;
}

/* Each start of a gateway is a new instance, so the rows of ended instances pile up: they are
 * merged into one row per user. */
static int fold_presence(struct retention *retention, struct engine *engine, const char *before)
{
    (void)before;
    return engine->presence->fold(engine, retention->settings->instance, retention->user);
}

static int drop_notifications(
    struct retention *retention, struct engine *engine, const char *before)
{
    return engine->retention->drop_notifications(
        engine, before, &retention->notifications, &retention->dropped);
}

static int drop_broadcasts(struct retention *retention, struct engine *engine, const char *before)
{
    return engine->retention->drop_broadcasts(engine, before, &retention->dropped);
}

static int drop_revocations(struct retention *retention, struct engine *engine, const char *before)
{
    return engine->retention->drop_revocations(engine, before, &retention->dropped);
}

static int drop_messages(struct retention *retention, struct engine *engine, const char *before)
{
    return engine->retention->drop_messages(engine, before, &retention->dropped);
}

enum age { ANY_AGE, RETAIN_DAYS, RETAIN_MESSAGES_DAYS };

static const struct step {
    int (*run)(struct retention *retention, struct engine *engine, const char *before);
    enum age age;
} steps[] = {
    {forget_statistics, ANY_AGE},
    {fold_presence, ANY_AGE},
    {drop_notifications, RETAIN_DAYS},
    {drop_broadcasts, RETAIN_DAYS},
    {drop_revocations, RETAIN_DAYS},
    {drop_messages, RETAIN_MESSAGES_DAYS},
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void rewind_pass(struct retention *retention)
{
    retention->step = 0;
    retention->notifications = (struct retention_cursor){.id = 0};
    retention->user[0] = '\0';
}

void retention_start(
    struct retention *retention, const struct store_settings *settings, const struct turn *turn)
{
    *retention = (struct retention){
        .settings = settings,
        .next_at = turn->steady,
        .clock_ahead = turn->wall - turn->steady,
    };
}

bool retention_waits(const struct retention *retention, const struct turn *turn)
{
    return turn->steady >= retention->next_at;
}

/* A clock that leaps ahead makes everything old at once. Then nothing is deleted for a day, so that
 * the clock can be corrected first; after a machine slept, this only means that rows are deleted a
 * day later. */
static void heed_clock(struct retention *retention, const struct turn *turn)
{
    int64_t ahead = turn->wall - turn->steady;

    if (ahead - retention->clock_ahead >= DAY_MS) {
        log_warn(turn->log,
            "the clock leapt ahead by %" PRId64
            " days: what is older than retain_days is deleted in "
            "24 hours; set the clock right before that if it is wrong",
            (ahead - retention->clock_ahead) / DAY_MS);
        retention->held_until = turn->steady + DAY_MS;
    } else if (ahead < retention->clock_ahead) {
        retention->held_until = 0;
    }
    retention->clock_ahead = ahead;
}

int retention_write(struct retention *retention, struct turn *turn)
{
    const struct step *step = &steps[retention->step];
    int64_t days = step->age == RETAIN_MESSAGES_DAYS ? retention->settings->retain_messages_days
                                                     : retention->settings->retain_days;

    int (*claims)(struct engine *) = turn->engine->retention->claim;
    char before[CLOCK_ISO_SIZE];
    int result = 1;

    heed_clock(retention, turn);
    if (turn->steady < retention->held_until) {
        rewind_pass(retention);
        retention->next_at = turn->steady + HELD_LOOK_MS;
        return 0;
    }
    if (claims) {
        result = claims(turn->engine);
        retention->next_at = turn->steady + CLAIM_MS;
    }
    if (result <= 0)
        return result;
    retention->dropped = 0;
    clock_iso(turn->wall - days * DAY_MS, before);
    if (step->age == ANY_AGE || days > 0)
        result = step->run(retention, turn->engine, before);
    retention->is_written = true;
    retention->is_complete = result == 1;
    return result < 0 ? -1 : 0;
}

/* After a failure the pass continues after that batch, and the next pass tries it again. */
void retention_settle(struct retention *retention, struct turn *turn, bool committed)
{
    if (!retention->is_written)
        return;
    retention->is_written = false;
    retention->next_at = turn->steady + PAUSE_MS;
    if (!committed)
        return;
    turn_count(turn, COUNTER_ROWS_PURGED, retention->dropped);
    if (!retention->is_complete)
        return;
    if (++retention->step == STEPS) {
        rewind_pass(retention);
        retention->next_at = turn->steady + REST_MS;
    }
}
