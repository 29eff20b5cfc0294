#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/change_verbs.h"
#include "gateway/store/news.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/queue.h"
#include "gateway/store/writing.h"

/* The thread's side without a thread, on an engine whose commits fail as the test says. */
struct scene {
    struct clock clock;
    int64_t now;
    struct log_sink sink;
    struct logger log;
    struct shared shared;
    struct engine engine;
    struct queue queue;
    bool fails;
};

static struct scene *scene_of(struct engine *engine)
{
    return (struct scene *)((char *)engine - offsetof(struct scene, engine));
}

static int begin_writing(struct engine *engine, bool durable)
{
    (void)engine;
    (void)durable;
    return 0;
}

static int commit(struct engine *engine)
{
    engine->trouble = ENGINE_BROKEN;
    return scene_of(engine)->fails ? -1 : 0;
}

static void rollback(struct engine *engine)
{
    (void)engine;
}

static int walk_changes(struct engine *engine, int64_t after,
    int (*visit)(void *context, const struct change_row *row), void *context)
{
    (void)engine;
    (void)after;
    (void)visit;
    (void)context;
    return 1;
}

static int mark_sent(struct engine *engine, int64_t id, int64_t attempts)
{
    (void)engine;
    (void)id;
    (void)attempts;
    return 0;
}

static const struct engine_life life = {
    .begin_writing = begin_writing, .commit = commit, .rollback = rollback};
static const struct change_verbs changes = {.walk = walk_changes};
static const struct notification_verbs notifications = {.mark_sent = mark_sent};

static int64_t scene_ms(const struct clock *clock)
{
    return ((struct scene *)clock->context)->now;
}

static int scene_set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct queue *queue = &scene->queue;

    scene->clock = (struct clock){.wall_ms = scene_ms, .steady_ms = scene_ms, .context = scene};
    scene->now = 1000000;
    log_sink_init(&scene->sink, STDERR_FILENO, LOG_TEXT, LOG_ERROR, &scene->clock, "test");
    scene->log = logger_root(&scene->sink);
    scene->engine.life = &life;
    scene->engine.changes = &changes;
    scene->engine.notifications = &notifications;
    mailbox_init(&scene->shared.parcels);
    queue->turn = (struct turn){.clock = &scene->clock,
        .log = &scene->log,
        .shared = &scene->shared,
        .engine = &scene->engine};
    health_init(&queue->health.writing, "writing the queue");
    inbox_init(&queue->inbox);
    topics_init(&queue->topics);
    logout_init(&queue->logout, NULL);
    errands_init(&queue->errands, queue, &queue->turn);
    queue->inbox.set_back.is_new = false;
    queue->online.alive_at = queue->online.repaired_at = scene->now;
    turn_tick(&queue->turn);
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

static size_t take_news(struct scene *scene)
{
    struct parcel *parcel = mailbox_take(&scene->shared.parcels);
    size_t count = 0;

    for (; parcel; count++) {
        struct news *news = (struct news *)parcel;

        parcel = parcel->next;
        news_free(news);
    }
    return count;
}

/* Marks were full, and then those of a queue that was replaced were dropped. */
static void says_that_there_is_room_for_marks_after_a_commit_only(void **state)
{
    struct scene *scene = *state;
    struct queue *queue = &scene->queue;

    queue->inbox.was_full = true;
    atomic_store(&scene->shared.unmarked, 1);
    assert_true(marks_add(&queue->inbox.marks, "alice", 1, false, 0));
    scene->fails = true;
    writing_run(queue);
    assert_int_equal(take_news(scene), 0);
    assert_true(queue->inbox.was_full);
    scene->fails = false;
    scene->now += 60000;
    turn_tick(&queue->turn);
    queue->online.alive_at = queue->online.repaired_at = scene->now;
    writing_run(queue);
    assert_int_equal(take_news(scene), 1);
    assert_false(queue->inbox.was_full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            says_that_there_is_room_for_marks_after_a_commit_only, scene_set_up, scene_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
