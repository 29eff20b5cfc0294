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
    TAILQ_INIT(&failures->given_up);
}

static void failure_drop(struct failures *failures, struct failure *failure)
{
    TAILQ_REMOVE(failure->is_given_up ? &failures->given_up : &failures->waiting, failure, entry);
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
    if (failure)
        return false;
    if (HASH_COUNT(failures->by_id) >= FAILURES_MAX && !TAILQ_EMPTY(&failures->given_up))
        failure_drop(failures, TAILQ_FIRST(&failures->given_up));
    if (HASH_COUNT(failures->by_id) >= FAILURES_MAX)
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
    if (failure->is_given_up)
        return;
    TAILQ_REMOVE(&failures->waiting, failure, entry);
    TAILQ_INSERT_TAIL(&failures->given_up, failure, entry);
    failure->is_given_up = true;
}

int failures_write(struct failures *failures, struct turn *turn)
{
    struct engine *engine = turn->engine;
    struct failure *failure, *next;

    failures->written = 0;
    for (failure = failures_first(failures); failure && failures->written < BATCH; failure = next) {
        int changed = engine->notifications->mark_failed(engine, failure->id, failure->why.text);

        next = TAILQ_NEXT(failure, entry);
        failure->is_failed = changed == 1;
        if (changed >= 0)
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
    for (; failures->written > 0; failures->written--) {
        struct failure *failure = failures_first(failures);

        turn_count(turn, COUNTER_ROWS_FAILED, failure->is_failed);
        if (failure->is_failed)
            failure_drop(failures, failure);
        else
            failures_give_up(failures, failure);
    }
}
