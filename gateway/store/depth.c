#include "gateway/store/depth.h"

#include <stdio.h>
#include <string.h>

#include "gateway/store/schedule_verbs.h"
#include "gateway/store/watch.h"

/* Others wait for no more than a batch, and the pauses leave them most of the thread's time. */
#define BATCH 500
#define PAUSE_MS 20
/* Between two passes. */
#define REST_MS 15000

static void begin_pass(struct depth *depth)
{
    depth->user[0] = '\0';
    depth->id = 0;
    depth->put_off = depth->absent = depth->under_way = 0;
    depth->oldest = INT64_MAX;
}

void depth_start(struct depth *depth, const struct turn *turn)
{
    begin_pass(depth);
    depth->next_at = turn->steady;
}

bool depth_waits(const struct depth *depth, const struct turn *turn)
{
    return turn->steady >= depth->next_at;
}

struct depth_visit {
    struct depth *depth;
    const struct watch *watch;
    size_t rows;
};

static void count_due(struct depth *depth, const struct watch *watch, const struct waiting_row *row)
{
    int64_t created_at;

    if (!watch_find(watch, row->user.text, row->user.len)) {
        depth->absent++;
        return;
    }
    depth->under_way++;
    if (cell_time(&row->created_at, "", &created_at, NULL) == 1 && created_at < depth->oldest)
        depth->oldest = created_at;
}

static int on_waiting(void *context, const struct waiting_row *row)
{
    struct depth_visit *visit = context;
    struct depth *depth = visit->depth;

    visit->rows++;
    depth->id = row->id;
    if (row->user.kind == CELL_TEXT)
        snprintf(depth->user, sizeof(depth->user), "%s", row->user.text);
    if (!row->is_due)
        depth->put_off++;
    else if (row->user.kind == CELL_TEXT)
        count_due(depth, visit->watch, row);
    else
        depth->absent++;
    return 1;
}

static void tell(const struct depth *depth, const struct turn *turn)
{
    int64_t age = depth->oldest < turn->wall ? turn->wall - depth->oldest : 0;

    turn_gauge(turn, COUNTER_PENDING, depth->put_off + depth->absent + depth->under_way);
    turn_gauge(turn, COUNTER_PENDING_PUT_OFF, depth->put_off);
    turn_gauge(turn, COUNTER_PENDING_ABSENT, depth->absent);
    turn_gauge(turn, COUNTER_PENDING_UNDER_WAY, depth->under_way);
    turn_gauge(turn, COUNTER_OLDEST_PENDING_S, (uint64_t)age / 1000);
}

static void end_pass(struct depth *depth, const struct turn *turn)
{
    depth->has_told = true;
    begin_pass(depth);
    depth->next_at = turn->steady + REST_MS;
}

int depth_read(struct depth *depth, struct turn *turn, const struct watch *watch)
{
    struct depth_visit visit = {.depth = depth, .watch = watch};
    struct engine *engine = turn->engine;
    char user[sizeof(depth->user)];
    int64_t id = depth->id;
    bool is_over;

    if (!depth_waits(depth, turn))
        return 0;
    memcpy(user, depth->user, sizeof(user));
    depth->next_at = turn->steady + PAUSE_MS;
    if (engine->schedule->walk_pending(engine, user, id, turn->now, BATCH, on_waiting, &visit) < 0)
        return -1;
    /* A damaged user that is longer than the cursor can hold would be visited for ever. */
    is_over = visit.rows < BATCH || (depth->id == id && strcmp(depth->user, user) == 0);
    if (is_over || !depth->has_told)
        tell(depth, turn);
    if (is_over)
        end_pass(depth, turn);
    return 0;
}

int64_t depth_pause(const struct depth *depth, const struct turn *turn)
{
    return depth->next_at > turn->steady ? depth->next_at - turn->steady : 0;
}
