/* How many changes a turn reads and deletes, and which of its own writes it passes over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/container_of.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/changes.h"
#include "gateway/store/queue.h"

/* The most that a turn may read or delete of what others wrote. */
#define STEP_MAX 4096

/* An engine whose `changes` has the ids `first` to `last`, each of its own row of alice. */
struct scene {
    struct queue queue;
    struct engine engine;
    int64_t first, last;
    const char *kind;
    size_t read, cleared; /* by the last calls */
};

static struct scene *scene_of(struct engine *engine)
{
    return container_of(engine, struct scene, engine);
}

static struct cell text_cell(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text, .len = strlen(text)};
}

static int walk(struct engine *engine, bool own, int64_t after, size_t most,
    int (*visit)(void *context, const struct change_row *row), void *context)
{
    struct scene *scene = scene_of(engine);
    int64_t id = after < scene->first ? scene->first : after + 1;

    (void)own;
    for (scene->read = 0; id <= scene->last && scene->read < most; id++) {
        char key[64];
        struct change_row row = {.id = id, .kind = text_cell(scene->kind)};

        snprintf(key, sizeof(key), "[\"alice\",%d]", (int)id);
        row.key = text_cell(key);
        scene->read++;
        if (visit(context, &row) == 0)
            return 0;
    }
    return id > scene->last;
}

static int clear(struct engine *engine, int64_t upto, size_t most, size_t *cleared)
{
    struct scene *scene = scene_of(engine);

    *cleared = 0;
    for (; scene->first <= upto && scene->first <= scene->last && *cleared < most; scene->first++)
        ++*cleared;
    scene->cleared = *cleared;
    return 0;
}

static int walk_set_back(struct engine *engine,
    int (*visit)(void *context, const struct set_back_entry *entry), void *context)
{
    (void)engine;
    (void)visit;
    (void)context;
    return 1;
}

static int clear_set_back(struct engine *engine)
{
    (void)engine;
    return 0;
}

static const struct change_verbs verbs = {
    .walk = walk, .clear = clear, .walk_set_back = walk_set_back, .clear_set_back = clear_set_back};

static int set_up(void **state)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    struct queue *queue = &scene->queue;

    scene->engine.changes = &verbs;
    scene->first = 1;
    scene->kind = "removed";
    queue->turn = (struct turn){.engine = &scene->engine, .steady = 1000000};
    inbox_init(&queue->inbox);
    topics_init(&queue->topics);
    queue->inbox.last_seen = INT64_MAX;
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    topics_release(&scene->queue.topics);
    inbox_release(&scene->queue.inbox);
    free(scene);
    return 0;
}

static size_t noted(const struct scene *scene)
{
    return scene->queue.inbox.changed_rows.count;
}

static void forget_noted(struct scene *scene)
{
    changed_rows_release(&scene->queue.inbox.changed_rows);
}

/* A turn's transaction. */
static void write_turn(struct scene *scene)
{
    assert_int_equal(changes_read(&scene->queue), 0);
    assert_in_range(scene->read, 0, STEP_MAX);
    assert_int_equal(changes_pass_marks(&scene->queue), 0);
    assert_int_equal(changes_finish(&scene->queue), 0);
    assert_in_range(scene->cleared, 0, STEP_MAX);
    changes_settle(&scene->queue, true);
}

static void reads_and_deletes_a_hundred_thousand_in_steps(void **state)
{
    struct scene *scene = *state;
    struct change_cursor *cursor = &scene->queue.inbox.changes;
    int turns = 0;

    scene->last = 100000;
    for (cursor->has_new = true; cursor->has_new || changes_wait(&scene->queue); turns++)
        write_turn(scene);
    assert_in_range(turns, 100000 / STEP_MAX, 100);
    write_turn(scene);
    assert_int_equal(scene->first, scene->last + 1);
    assert_int_equal(noted(scene), 0);
    assert_false(changes_wait(&scene->queue));
}

static void deletes_what_was_read_without_a_transaction(void **state)
{
    struct scene *scene = *state;

    scene->last = 20000;
    do {
        assert_int_equal(changes_read(&scene->queue), 0);
        assert_in_range(scene->read, 0, STEP_MAX);
    } while (scene->queue.inbox.changes.has_new);
    for (int turns = 0; changes_wait(&scene->queue); turns++) {
        assert_true(turns < 20);
        write_turn(scene);
    }
    assert_int_equal(scene->first, scene->last + 1);
}

static void stops_reading_where_no_more_can_be_noted(void **state)
{
    struct scene *scene = *state;

    watch_attach(&scene->queue.inbox.watch, "alice");
    scene->last = 20000;
    for (int turns = 0; turns < 10; turns++)
        write_turn(scene);
    assert_int_equal(noted(scene), CHANGED_ROWS_MAX);
    assert_true(scene->queue.inbox.changes.has_new);
    forget_noted(scene);
    write_turn(scene);
    assert_true(noted(scene) > 0);
}

/* Others have written the changes up to 10, a mark those up to 20, and retention the rest. */
static void write_own(struct scene *scene)
{
    scene->last = 10;
    assert_int_equal(changes_read(&scene->queue), 0);
    assert_int_equal(noted(scene), 10);
    scene->last = 20;
    assert_int_equal(changes_pass_marks(&scene->queue), 0);
    assert_int_equal(noted(scene), 10);
    scene->last = 25;
    assert_int_equal(changes_finish(&scene->queue), 0);
    assert_int_equal(noted(scene), 15);
    assert_int_equal(scene->first, 26);
}

static void passes_over_marks_alone(void **state)
{
    struct scene *scene = *state;

    watch_attach(&scene->queue.inbox.watch, "alice");
    write_own(scene);
    changes_settle(&scene->queue, true);
    forget_noted(scene);
    scene->last = 27;
    assert_int_equal(changes_read(&scene->queue), 0);
    assert_int_equal(noted(scene), 2);
}

/* The ids are given again to what others write next. */
static void takes_ids_of_what_was_rolled_back_for_new(void **state)
{
    struct scene *scene = *state;

    watch_attach(&scene->queue.inbox.watch, "alice");
    write_own(scene);
    changes_settle(&scene->queue, false);
    forget_noted(scene);
    scene->first = 1;
    scene->last = 12;
    assert_int_equal(changes_read(&scene->queue), 0);
    assert_int_equal(noted(scene), 2);
}

/* The same change stands once: what a mark writes may take the place of what others wrote and
 * nobody has read yet. */
static void takes_marks_for_changes_by_others_while_some_are_unread(void **state)
{
    struct scene *scene = *state;
    struct watched *alice = watch_attach(&scene->queue.inbox.watch, "alice");

    scene->last = 3000;
    assert_int_equal(changes_read(&scene->queue), 0);
    assert_true(scene->queue.inbox.changes.has_new);
    assert_int_equal(changes_pass_marks(&scene->queue), 0);
    assert_int_equal(changes_finish(&scene->queue), 0);
    changes_settle(&scene->queue, true);
    assert_int_equal(changes_read(&scene->queue), 0);
    assert_int_equal(noted(scene), 3000);
    assert_int_equal(alice->flags, 0);
}

int main(void)
{
#define CHANGES_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CHANGES_TEST(reads_and_deletes_a_hundred_thousand_in_steps),
        CHANGES_TEST(deletes_what_was_read_without_a_transaction),
        CHANGES_TEST(stops_reading_where_no_more_can_be_noted),
        CHANGES_TEST(passes_over_marks_alone),
        CHANGES_TEST(takes_ids_of_what_was_rolled_back_for_new),
        CHANGES_TEST(takes_marks_for_changes_by_others_while_some_are_unread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
