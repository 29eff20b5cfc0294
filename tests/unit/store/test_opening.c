#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/broadcast_verbs.h"
#include "gateway/store/news.h"
#include "gateway/store/opening.h"
#include "gateway/store/queue.h"
#include "gateway/store/token_verbs.h"

enum fault { NONE, NEWEST_MOMENT, WALK_ENDED, LAST_SENT };

/* The thread's side without a thread, on an engine that tells the test's ids, and fails once where
 * the test says. */
struct scene {
    struct clock clock;
    int64_t now;
    struct log_sink sink;
    struct logger log;
    struct shared shared;
    struct store_settings settings;
    struct engine engine;
    struct queue queue;
    int64_t notification, message; /* the last ids */
    enum fault fault;
};

static struct scene *scene_of(const struct engine *engine)
{
    return (struct scene *)((const char *)engine - offsetof(struct scene, engine));
}

static int fail_once(struct engine *engine, enum fault fault)
{
    struct scene *scene = scene_of(engine);

    if (scene->fault != fault)
        return 0;
    scene->fault = NONE;
    engine->trouble = ENGINE_BUSY;
    return -1;
}

static int open_engine(struct engine *engine, int busy_ms)
{
    (void)busy_ms;
    engine->is_open = true;
    return 0;
}

static void close_engine(struct engine *engine)
{
    engine->is_open = false;
}

static void advise(const struct engine *engine, struct reason *advice)
{
    (void)engine;
    advice->text[0] = '\0';
}

static int last_ids(struct engine *engine, int64_t *notification, int64_t *message)
{
    *notification = scene_of(engine)->notification;
    *message = scene_of(engine)->message;
    return 0;
}

static int newest_moment(struct engine *engine, const char *upto, int64_t *wall_ms)
{
    (void)upto;
    *wall_ms = 0;
    return fail_once(engine, NEWEST_MOMENT);
}

static int is_same(struct engine *engine, int64_t last_notification, int64_t last_message)
{
    const struct scene *scene = scene_of(engine);

    return scene->notification >= last_notification && scene->message >= last_message;
}

static void remember(struct engine *engine)
{
    (void)engine;
}

static int commits_of_others(struct engine *engine)
{
    (void)engine;
    return 0;
}

static int walk_ended(struct engine *engine, size_t most,
    int (*visit)(void *context, const char *hash), void *context)
{
    (void)most;
    (void)visit;
    (void)context;
    return fail_once(engine, WALK_ENDED);
}

static int last_sent(struct engine *engine, int64_t *id)
{
    *id = 0;
    return fail_once(engine, LAST_SENT);
}

static const struct engine_life life = {
    .open = open_engine,
    .close = close_engine,
    .abandon = close_engine,
    .advise = advise,
    .last_ids = last_ids,
    .newest_moment = newest_moment,
    .commits_of_others = commits_of_others,
    .is_same = is_same,
    .remember = remember,
};
static const struct token_verbs tokens = {.walk_ended = walk_ended};
static const struct broadcast_verbs broadcasts = {.last_sent = last_sent};

static int64_t scene_ms(const struct clock *clock)
{
    return ((struct scene *)clock->context)->now;
}

static int scene_set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct turn *turn = &scene->queue.turn;

    scene->clock = (struct clock){.wall_ms = scene_ms, .steady_ms = scene_ms, .context = scene};
    scene->now = 1000000;
    log_sink_init(&scene->sink, STDERR_FILENO, LOG_TEXT, LOG_ERROR, &scene->clock, "test");
    scene->log = logger_root(&scene->sink);
    scene->settings = (struct store_settings){
        .database = "queue.db", .database_shown = "queue.db", .instance = "test:1"};
    scene->engine.life = &life;
    scene->engine.tokens = &tokens;
    scene->engine.broadcasts = &broadcasts;
    mailbox_init(&scene->shared.parcels);
    *turn = (struct turn){.clock = &scene->clock,
        .log = &scene->log,
        .shared = &scene->shared,
        .engine = &scene->engine};
    scene->queue.settings = &scene->settings;
    health_init(&scene->queue.health.opening, "opening the queue");
    health_init(&scene->queue.health.reading, "reading the queue");
    inbox_init(&scene->queue.inbox);
    topics_init(&scene->queue.topics);
    logout_init(&scene->queue.logout, NULL);
    errands_init(&scene->queue.errands, &scene->queue, turn);
    turn_tick(turn);
    *state = scene;
    return 0;
}

static int scene_tear_down(void **state)
{
    struct scene *scene = *state;

    logout_release(&scene->queue.logout);
    topics_release(&scene->queue.topics);
    inbox_release(&scene->queue.inbox);
    mailbox_release(&scene->shared.parcels);
    free(scene);
    return 0;
}

/* How many were told. */
static size_t take_replaced(struct scene *scene)
{
    struct parcel *parcel = mailbox_take(&scene->shared.parcels);
    size_t count = 0;

    while (parcel) {
        struct news *news = (struct news *)parcel;

        parcel = parcel->next;
        count += news_has_replaced(news);
        news_free(news);
    }
    return count;
}

static void restore_with_fault(
    struct scene *scene, int64_t notification, int64_t message, enum fault fault)
{
    struct queue *queue = &scene->queue;

    scene->engine.is_open = false;
    scene->notification = notification;
    scene->message = message;
    scene->fault = fault;
    assert_false(opening_find(queue, false));
    assert_int_equal(take_replaced(scene), 0);
    scene->now += 60000;
    turn_tick(&queue->turn);
    assert_true(opening_find(queue, false));
    assert_int_equal(take_replaced(scene), 1);
}

static void tells_of_a_restore_although_it_could_not_be_begun_at_first(void **state)
{
    struct scene *scene = *state;

    for (enum fault fault = NEWEST_MOMENT; fault <= LAST_SENT; fault++) {
        scene->notification = scene->message = 9;
        assert_int_equal(opening_start(&scene->queue), 0);
        restore_with_fault(scene, 3, 9, fault);
        restore_with_fault(scene, 3, 4, fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tells_of_a_restore_although_it_could_not_be_begun_at_first,
            scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
