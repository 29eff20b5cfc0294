#include "gateway/store/online.h"

#include "gateway/store/engine.h"
#include "gateway/store/presence_verbs.h"

#define ALIVE_MS 5000
#define REPAIR_MS 60000
/* A row is one commit of its own, or shares one with all who came and went meanwhile. Other
 * gateways must know soon, for the sake of max_connections_per_user. */
#define GATHER_MS 200
#define GATHER_SHARED_MS 50
/* Users written in one transaction. */
#define BATCH 1024

void online_start(struct online *online, const struct turn *turn, const char *instance)
{
    online->instance = instance;
    online->alive_at = -ALIVE_MS;
    online->repaired_at = -REPAIR_MS;
    online->gather_ms = turn->engine->is_shared ? GATHER_SHARED_MS : GATHER_MS;
    online->users_at = -online->gather_ms;
    online->has_started = false;
    clock_iso(turn->wall, online->started);
}

static int64_t next_sign(const struct online *online)
{
    return online->alive_at + ALIVE_MS;
}

int64_t online_next(const struct online *online, const struct watch *watch)
{
    int64_t gathered = online->users_at + online->gather_ms, sign = next_sign(online);

    return !TAILQ_EMPTY(&watch->changed) && gathered < sign ? gathered : sign;
}

bool online_waits(const struct online *online, const struct turn *turn, const struct watch *watch)
{
    return turn->steady >= online_next(online, watch);
}

/* A gateway counts as dead if it has long been silent, or if its last sign of life is in the
 * future: then a clock was set back. */
static int forget_dead(const struct online *online, const struct turn *turn)
{
    char silent_since[CLOCK_ISO_SIZE];
    char ahead[CLOCK_ISO_SIZE];

    return turn->engine->presence->forget_dead(turn->engine, online->instance,
        clock_iso(turn->wall - PRESENCE_DEAD_MS, silent_since),
        clock_iso(turn->wall + PRESENCE_DEAD_MS, ahead));
}

/* Rows of this instance, or of an earlier one on this machine, are left from a process that was
 * killed. */
static int bury_predecessors(const struct online *online, const struct turn *turn)
{
    struct engine *engine = turn->engine;

    if (engine->presence->forget_predecessors(engine, online->instance) < 0)
        return -1;
    return engine->presence->disconnect_all(engine, online->instance, turn->now);
}

/* Others that have found this gateway dead have set its users to nobody, and know nothing of those
 * who stayed. */
static int write_alive(struct online *online, const struct turn *turn)
{
    int is_new =
        turn->engine->presence->alive(turn->engine, online->instance, online->started, turn->now);

    online->is_buried = is_new == 1 && online->has_started;
    return is_new < 0 ? -1 : forget_dead(online, turn);
}

static int write_signs(struct online *online, const struct turn *turn)
{
    struct engine *engine = turn->engine;

    online->is_alive_written = turn->steady >= next_sign(online);
    online->is_repaired = turn->steady >= online->repaired_at + REPAIR_MS;
    online->is_buried = false;
    if (online->is_repaired && !online->has_started && bury_predecessors(online, turn) < 0)
        return -1;
    if (online->is_alive_written && write_alive(online, turn) < 0)
        return -1;
    return online->is_repaired ? engine->presence->repair(engine) : 0;
}

int online_write(struct online *online, const struct turn *turn, const struct watch *watch)
{
    struct engine *engine = turn->engine;
    const struct watched *watched;
    char at[CLOCK_ISO_SIZE];

    online->written = 0;
    if (write_signs(online, turn) < 0)
        return -1;
    if (turn->steady < online->users_at + online->gather_ms)
        return 0;
    TAILQ_FOREACH (watched, &watch->changed, changed) {
        if (online->written == BATCH)
            break;
        if (engine->presence->write_user(engine, watched->user, online->instance,
                watched->connections, clock_iso(watched->changed_at, at)) < 0)
            return -1;
        online->written++;
    }
    return 0;
}

void online_settle(
    struct online *online, const struct turn *turn, struct watch *watch, bool committed)
{
    if (!committed)
        return;
    if (online->is_alive_written)
        online->alive_at = turn->steady;
    if (online->is_buried)
        watch_change_all(watch);
    if (online->is_repaired) {
        online->repaired_at = turn->steady;
        online->has_started = true;
    }
    if (online->written > 0 && online->written < BATCH)
        online->users_at = turn->steady;
    for (; online->written > 0; online->written--) {
        struct watched *watched = TAILQ_FIRST(&watch->changed);

        watch_written(watch, watched, watched->connections);
    }
}

void online_hurry(struct online *online, const struct turn *turn)
{
    online->users_at = turn->steady - online->gather_ms;
}

int online_leave(const struct online *online, const struct turn *turn)
{
    return turn->engine->presence->leave(turn->engine, online->instance, turn->now);
}
