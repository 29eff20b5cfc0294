#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/engines.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/presence_verbs.h"
#include "gateway/store/sqlite/wal_index.h"
#include "gateway/store/store_settings.h"
#include "tests/unit/queue_file.h"

#define PATIENCE_MS 20000
#define NOW "2026-11-29T12:00:00.000Z"

/* An engine on a real queue, and another program that has it open. */
struct bench {
    struct queue_file *file;
    struct store_settings settings;
    struct engine *engine;
    struct clock clock;
};

static int set_up(void **state)
{
    struct bench *bench = mem_zalloc(sizeof(*bench));
    struct reason why;

    queue_file_set_up((void **)&bench->file);
    queue_file_made((void **)&bench->file);
    bench->settings = (struct store_settings){
        .database = bench->file->path, .instance = "test:1", .synchronous = "full"};
    bench->engine = engines_new(&bench->settings, &why);
    if (!bench->engine || bench->engine->life->open(bench->engine, 1000) < 0)
        fail_msg("the engine cannot be opened");
    bench->clock = clock_system();
    *state = bench;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *bench = *state;

    bench->engine->life->free(bench->engine);
    queue_file_tear_down((void **)&bench->file);
    free(bench);
    return 0;
}

static void insert(struct bench *bench, int count)
{
    while (count-- > 0)
        queue_file_run(
            bench->file, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'x')");
}

static void keeps_a_second_engine_off(void **state)
{
    struct bench *bench = *state;
    struct reason why;

    assert_null(engines_new(&bench->settings, &why));
    assert_non_null(strstr(why.text, "another belfry-gateway"));
}

struct walk {
    struct engine *engine;
    int64_t last;
    int left; /* visits until it stops … */
    bool fails;
};

static int visit(void *context, const struct notification_state *state)
{
    struct walk *walk = context;

    assert_true(state->id > walk->last);
    walk->last = state->id;
    if (--walk->left > 0)
        return 1;
    if (walk->fails)
        return reason_set(&walk->engine->why, "the visit failed");
    return 0;
}

static void a_walk_tells_the_end_from_a_stop_and_a_failure(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;
    struct walk walk = {.engine = engine, .left = 100};

    insert(bench, 4);
    assert_int_equal(engine->life->begin(engine), 0);
    assert_int_equal(engine->notifications->walk_new(engine, 0, 100, visit, &walk), 1);
    assert_int_equal(walk.last, 4);
    walk = (struct walk){.engine = engine, .left = 2};
    assert_int_equal(engine->notifications->walk_new(engine, 0, 100, visit, &walk), 0);
    assert_int_equal(walk.last, 2);
    /* At most that many; more is not an error. */
    walk = (struct walk){.engine = engine, .left = 100};
    assert_int_equal(engine->notifications->walk_new(engine, 0, 3, visit, &walk), 0);
    assert_int_equal(walk.last, 3);
    walk = (struct walk){.engine = engine, .left = 2, .fails = true};
    assert_int_equal(engine->notifications->walk_new(engine, 0, 100, visit, &walk), -1);
    assert_string_equal(engine->why.text, "the visit failed");
    /* The statement under way has been reset, or this would fail. */
    assert_int_equal(engine->life->commit(engine), 0);
}

static void notices_what_others_commit(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;

    assert_int_equal(engine->life->commits_of_others(engine), 0);
    insert(bench, 1);
    assert_int_equal(engine->life->commits_of_others(engine), 1);
    insert(bench, 1);
    insert(bench, 1);
    assert_int_equal(engine->life->commits_of_others(engine), 2);
    assert_int_equal(engine->life->commits_of_others(engine), 0);
}

/* Whatever it was: here the -wal began anew, which is not counted. */
static void looks_where_the_index_was_changed_without_a_commit(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;

    insert(bench, 1);
    assert_int_equal(engine->life->commits_of_others(engine), 1);
    queue_file_run(bench->file, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_int_equal(engine->life->commits_of_others(engine), 1);
    assert_int_equal(engine->life->commits_of_others(engine), 0);
}

static void a_lock_is_busy_and_passes(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;

    queue_file_run(bench->file, "BEGIN IMMEDIATE");
    assert_int_equal(engine->life->begin_writing(engine, true), -1);
    assert_int_equal(engine->trouble, ENGINE_BUSY);
    queue_file_run(bench->file, "ROLLBACK");
    assert_int_equal(engine->life->begin_writing(engine, true), 0);
    engine->life->rollback(engine);
}

static void a_row_that_is_refused_leaves_the_transaction_whole(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;

    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_int_equal(engine->presence->write_user(engine, "alice", "test:1", 1, NOW), 0);
    assert_int_equal(engine->presence->write_user(engine, "bob", "test:1", 1, "today"), -1);
    assert_int_equal(engine->trouble, ENGINE_REFUSES_ROW);
    assert_int_equal(engine->life->commit(engine), 0);
    assert_int_equal(queue_file_number(bench->file, "SELECT count(*) FROM presence"), 1);
}

#define CONFIRMED 20

static void note_came_back(void *context, const struct cell *user)
{
    size_t *count = context;

    assert_string_equal(user->text, "alice");
    (*count)++;
}

/* Marks alice's first rows as confirmed, those from `second` on a moment later. Returns how many
 * have come back. */
static size_t confirm(struct bench *bench, int64_t second)
{
    struct engine *engine = bench->engine;
    struct delivered_mark marks[CONFIRMED];
    size_t came_back = 0;

    for (int64_t id = 1; id <= CONFIRMED; id++)
        marks[id - 1] = (struct delivered_mark){
            .id = id, .user = "alice", .attempts = 1, .at_ms = 1000 + (id >= second)};
    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_int_equal(engine->notifications->mark_delivered(
                         engine, marks, CONFIRMED, NOW, note_came_back, &came_back),
        0);
    assert_int_equal(engine->life->commit(engine), 0);
    return came_back;
}

static int64_t count_of(struct bench *bench, const char *which)
{
    char sql[256];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM notifications WHERE %s", which);
    return queue_file_number(bench->file, sql);
}

static void marks_all_that_were_confirmed(void **state)
{
    struct bench *bench = *state;

    insert(bench, CONFIRMED + 1);
    assert_int_equal(confirm(bench, 3), 0);
    assert_int_equal(count_of(bench, "status = 'delivered' AND attempts = 1"), CONFIRMED);
    assert_int_equal(count_of(bench, "delivered_at = '1970-01-01T00:00:01.000Z'"), 2);
    assert_int_equal(count_of(bench, "delivered_at = '1970-01-01T00:00:01.001Z'"), CONFIRMED - 2);
    assert_int_equal(queue_file_number(bench->file, "SELECT count(*) FROM changes"), 0);
}

/* Each of these was changed after it was sent. */
static void marks_none_that_is_not_owed_any_more(void **state)
{
    struct bench *bench = *state;

    insert(bench, CONFIRMED);
    queue_file_run(bench->file,
        "UPDATE notifications SET status = 'cancelled' WHERE id = 5;"
        "UPDATE notifications SET status = 'read', read_at = '" NOW "' WHERE id = 6;"
        "UPDATE notifications SET user_id = 'bob' WHERE id = 7;"
        "UPDATE notifications SET expires_at = '2026-11-29T11:00:00.000Z' WHERE id = 8;"
        "DELETE FROM notifications WHERE id = 9");
    assert_int_equal(confirm(bench, 1), 1);
    assert_int_equal(count_of(bench, "status = 'delivered' AND user_id = 'alice'"), CONFIRMED - 4);
    assert_int_equal(count_of(bench, "status = 'delivered' AND id = 8"), 1);
    assert_int_equal(count_of(bench, "status = 'pending' AND id = 7 AND delivered_at IS NULL"), 1);
    assert_int_equal(count_of(bench, "attempts = 1"), CONFIRMED - 1);
}

static void marks_all_but_those_that_are_refused(void **state)
{
    struct bench *bench = *state;

    insert(bench, CONFIRMED);
    queue_file_run(bench->file,
        "CREATE TRIGGER strict BEFORE UPDATE ON notifications WHEN OLD.id = 11"
        " BEGIN SELECT RAISE(ABORT, 'not this one'); END");
    assert_int_equal(confirm(bench, 1), 0);
    assert_int_equal(count_of(bench, "status = 'delivered' AND attempts = 1"), CONFIRMED - 1);
    assert_int_equal(count_of(bench, "status = 'pending' AND id = 11"), 1);
}

static void knows_the_queue_again_and_an_older_copy_from_it(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;
    int64_t notification, message;

    insert(bench, 3);
    engine->life->remember(engine);
    assert_int_equal(engine->life->last_ids(engine, &notification, &message), 0);
    assert_int_equal(notification, 3);
    assert_int_equal(message, 0);
    assert_int_equal(engine->life->is_same(engine, 3, 0), 1);
    /* As if the file had been replaced by a copy from before the fourth. */
    assert_int_equal(engine->life->is_same(engine, 4, 0), 0);
    queue_file_run(bench->file, "UPDATE belfry_meta SET value = 'another' WHERE key = 'queue'");
    assert_int_equal(engine->life->is_same(engine, 3, 0), 0);
}

static void writes_nothing_to_a_file_that_is_gone(void **state)
{
    struct bench *bench = *state;
    struct engine *engine = bench->engine;

    engine->life->remember(engine);
    assert_int_equal(engine->life->check(engine), 0);
    assert_int_equal(unlink(bench->file->path), 0);
    assert_int_equal(engine->life->check(engine), -1);
    assert_int_equal(engine->trouble, ENGINE_BROKEN);
    assert_non_null(strstr(engine->why.text, "was moved or deleted"));
    assert_int_equal(engine->life->begin_writing(engine, false), -1);
    engine->life->abandon(engine);
    assert_false(engine->is_open);
    database_close(&bench->file->db);
    queue_file_made((void **)&bench->file);
    assert_int_equal(engine->life->open(engine, 1000), 0);
    assert_int_equal(engine->life->is_same(engine, 0, 0), 0);
}

/* Has the engine make a checkpoint if one is due. Returns how many it has made. */
static uint64_t tidy(struct bench *bench)
{
    struct engine_upkeep upkeep;

    bench->engine->life->tidy(bench->engine, &bench->clock, &upkeep);
    return upkeep.checkpoints;
}

static void fill_wal(struct bench *bench, int pages)
{
    char sql[160];

    snprintf(sql, sizeof(sql),
        "PRAGMA wal_autocheckpoint = 0; CREATE TABLE filling (x);"
        "INSERT INTO filling VALUES (zeroblob(%d * 4096))",
        pages);
    queue_file_run(bench->file, sql);
}

/* Who opens the file at this path now uses the -wal that is here, too, and what he commits is for
 * his file. */
static void copies_nothing_into_a_file_that_is_replaced(void **state)
{
    struct bench *bench = *state;
    char away[160];
    int64_t until;

    snprintf(away, sizeof(away), "%s.away", bench->file->path);
    fill_wal(bench, 1000);
    assert_int_equal(rename(bench->file->path, away), 0);
    until = clock_steady_ms(&bench->clock) + 200;
    while (clock_steady_ms(&bench->clock) < until)
        assert_int_equal(tidy(bench), 0);
    assert_int_equal(rename(away, bench->file->path), 0);
    until = clock_steady_ms(&bench->clock) + PATIENCE_MS;
    while (tidy(bench) == 0)
        assert_true(clock_steady_ms(&bench->clock) < until);
}

/* What SQLite notes in the wal-index: how far the checkpoint that was begun last means to copy. */
static void await_begun_checkpoint(struct bench *bench)
{
    int64_t until = clock_steady_ms(&bench->clock) + PATIENCE_MS;
    struct wal_index index;

    wal_index_open(&index, bench->file->db);
    tidy(bench);
    while (index.shared[32] == 0)
        assert_true(clock_steady_ms(&bench->clock) < until);
}

/* Its checkpoint is under way meanwhile: that must be neither in the way nor cut off. */
static void rescues_what_only_the_deleted_wal_holds(void **state)
{
    struct bench *bench = *state;
    char wal[160];

    snprintf(wal, sizeof(wal), "%s-wal", bench->file->path);
    fill_wal(bench, 30000);
    await_begun_checkpoint(bench);
    assert_int_equal(unlink(wal), 0);
    database_close(&bench->file->db);
    assert_int_equal(bench->engine->life->check(bench->engine), -1);
    bench->engine->life->abandon(bench->engine);
    assert_int_equal(bench->engine->life->open(bench->engine, 1000), 0);
    queue_file_opened((void **)&bench->file);
    assert_int_equal(queue_file_number(bench->file, "SELECT length(x) FROM filling"), 30000 * 4096);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(keeps_a_second_engine_off),
        TEST(a_walk_tells_the_end_from_a_stop_and_a_failure),
        TEST(notices_what_others_commit),
        TEST(looks_where_the_index_was_changed_without_a_commit),
        TEST(a_lock_is_busy_and_passes),
        TEST(a_row_that_is_refused_leaves_the_transaction_whole),
        TEST(marks_all_that_were_confirmed),
        TEST(marks_none_that_is_not_owed_any_more),
        TEST(marks_all_but_those_that_are_refused),
        TEST(knows_the_queue_again_and_an_older_copy_from_it),
        TEST(writes_nothing_to_a_file_that_is_gone),
        TEST(copies_nothing_into_a_file_that_is_replaced),
        TEST(rescues_what_only_the_deleted_wal_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
