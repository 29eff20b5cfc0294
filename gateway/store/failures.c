#include "gateway/store/failures.h"

#include <stdlib.h>

#include "common/memory.h"

void failures_init(struct failures *failures)
{
    failures->by_id = NULL;
    TAILQ_INIT(&failures->waiting);
}

void failures_release(struct failures *failures)
{
    struct failure *failure, *next;

    HASH_ITER (hh, failures->by_id, failure, next)
        failures_remove(failures, failure);
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

void failures_remove(struct failures *failures, struct failure *failure)
{
    if (!failure->given_up)
        TAILQ_REMOVE(&failures->waiting, failure, entry);
    HASH_DELETE(hh, failures->by_id, failure);
    free(failure);
}

void failures_give_up(struct failures *failures, struct failure *failure)
{
    if (!failure->given_up)
        TAILQ_REMOVE(&failures->waiting, failure, entry);
    failure->given_up = true;
}
