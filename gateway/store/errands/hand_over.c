/* Another process is to take the place of this one (store_hand_over.h). */
#include "gateway/store/store_hand_over.h"

#include "gateway/store/post.h"
#include "gateway/store/queue.h"

struct hand_over {
    struct errand errand;
    void (*done)(void *context, enum store_verdict verdict, const struct store_locks *locks);
    struct store_locks locks;
};

static enum errand_step hand_over_read(struct queue *queue, struct errand *errand)
{
    struct hand_over *hand_over = (struct hand_over *)errand;
    struct engine *engine = queue->turn.engine;

    hand_over->locks = (struct store_locks){-1, -1};
    if (engine->life->locks)
        engine->life->locks(engine, &hand_over->locks);
    engine->has_company = engine->keeps_company = true;
    errand->verdict = STORE_OK;
    return ERRAND_DONE;
}

static void hand_over_answer(struct errand *errand)
{
    struct hand_over *hand_over = (struct hand_over *)errand;

    hand_over->done(errand->context, errand->verdict, &hand_over->locks);
}

static const struct errand_kind hand_over_kind = {
    ERRAND_OF(struct hand_over), .read = hand_over_read, .answer = hand_over_answer};

void store_hand_over(struct store *store,
    void (*done)(void *context, enum store_verdict verdict, const struct store_locks *locks),
    void *context)
{
    struct hand_over *hand_over = (struct hand_over *)errand_new(&hand_over_kind);

    hand_over->done = done;
    post_errand(store, &hand_over->errand, context);
}

struct stay_alone {
    struct errand errand;
};

static void stay_alone_take(struct queue *queue, struct errand *errand)
{
    (void)errand;
    queue->turn.engine->keeps_company = false;
}

static const struct errand_kind stay_alone_kind = {
    ERRAND_OF_NOBODY(struct stay_alone), .take = stay_alone_take};

void store_stay_alone(struct store *store)
{
    post_errand(store, errand_new(&stay_alone_kind), NULL);
}

struct when_marked {
    struct errand errand;
    void (*done)(void *context);
    int64_t asked_at; /* steady ms; 0: not yet known */
};

/* Marks are written in the order in which they came, and all that came before this errand did so in
 * this turn at the latest. */
static enum errand_step when_marked_read(struct queue *queue, struct errand *errand)
{
    struct when_marked *when = (struct when_marked *)errand;
    const struct mark *first = marks_first(&queue->inbox.marks);

    if (when->asked_at == 0)
        when->asked_at = queue->turn.steady;
    if (first && first->since <= when->asked_at)
        return ERRAND_LATER;
    errand->verdict = STORE_OK;
    return ERRAND_DONE;
}

static void when_marked_answer(struct errand *errand)
{
    ((struct when_marked *)errand)->done(errand->context);
}

static const struct errand_kind when_marked_kind = {
    ERRAND_OF(struct when_marked), .read = when_marked_read, .answer = when_marked_answer};

void store_when_marked(struct store *store, void (*done)(void *context), void *context)
{
    struct when_marked *when = (struct when_marked *)errand_new(&when_marked_kind);

    when->done = done;
    post_errand(store, &when->errand, context);
}
