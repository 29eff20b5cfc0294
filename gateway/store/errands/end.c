#include "gateway/store/errands/end.h"

#include "gateway/store/queue.h"

struct end {
    struct errand errand;
};

static void end_take(struct queue *queue, struct errand *errand)
{
    (void)errand;
    queue->errands.is_ending = true;
}

static const struct errand_kind end_kind = {ERRAND_OF_NOBODY(struct end), .take = end_take};

struct errand *end_new(void)
{
    return errand_new(&end_kind);
}
