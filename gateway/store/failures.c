#include "gateway/store/failures.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/notification_verbs.h"

#define BATCH 64

void failures_init(struct failures *failures)
{
    failures->by_id = NULL;
    TAILQ_INIT(&failures->waiting);
}

static void failure_drop(struct failures *failures, struct failure *failure)
{
    if (!failure->given_up)
        TAILQ_REMOVE(&failures->waiting, failure, entry);
    HASH_DELETE(hh, failures->by_id, failure);
    free(failure);
}

void failures_release(struct failures *failures)
{
    struct failure *failure, *next;

    HASH_ITER (hh, failures->by_id, failure, next)
        failure_drop(failures, failure);
}

bool failures_add(struct failures *failures, int64_t id, const struct reason *why)
{
    struct failure *failure;

    HASH_FIND(hh, failures->by_id, &id, sizeof(id), failure);
    if (failure || HASH_COUNT(failures->by_id) >= FAILURES_MAX)
        return false;
    failure = mem_zalloc(sizeof(*failure));
    failure->id = id;
    failure->why = *why;
    HASH_ADD(hh, failures->by_id, id, sizeof(failure->id), failure);
    TAILQ_INSERT_TAIL(&failures->waiting, failure, entry);
    return true;
}

struct failure *failures_first(const struct failures *failures)
{
    return TAILQ_FIRST(&failures->waiting);
}

void failures_give_up(struct failures *failures, struct failure *failure)
{
    if (!failure->given_up)
        TAILQ_REMOVE(&failures->waiting, failure, entry);
    failure->given_up = true;
}

int failures_write(struct failures *failures, struct turn *turn)
{
    struct engine *engine = turn->engine;
    struct failure *failure, *next;

    failures->written = 0;
    for (failure = failures_first(failures); failure && failures->written < BATCH; failure = next) {
        next = TAILQ_NEXT(failure, entry);
        if (engine->notifications->mark_failed(engine, failure->id, failure->why.text) == 0)
            failures->written++;
        else if (engine->trouble == ENGINE_REFUSES_ROW)
            failures_give_up(failures, failure);
        else
            return -1;
    }
    return 0;
}

void failures_settle(struct failures *failures, struct turn *turn, bool committed)
{
    if (!committed)
        return;
    turn_count(turn, COUNTER_ROWS_FAILED, failures->written);
    for (; failures->written > 0; failures->written--)
        failure_drop(failures, failures_first(failures));
}
