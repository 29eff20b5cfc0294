#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/store/sqlite/checkpointer.h"
#include "gateway/store/sqlite/wal_index.h"
#include "tests/unit/queue_file.h"

#define PATIENCE_MS 20000

/* A WAL of some pages, and the checkpointer on a connection of its own. */
struct scene {
    struct queue_file *file;
    struct clock clock;
    struct wal_index index;
    struct checkpointer *checkpointer;
};

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct reason why;
    sqlite3 *db;

    scene->clock = clock_system();
    queue_file_set_up((void **)&scene->file);
    assert_int_equal(sqlite3_open(scene->file->path, &scene->file->db), SQLITE_OK);
    queue_file_run(scene->file, "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;"
                                "CREATE TABLE t (x)");
    wal_index_open(&scene->index, scene->file->db);
    assert_int_equal(sqlite3_open(scene->file->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM t", NULL, NULL, NULL), SQLITE_OK);
    scene->checkpointer = checkpointer_new(db, &why);
    assert_non_null(scene->checkpointer);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    checkpointer_free(scene->checkpointer, false);
    queue_file_tear_down((void **)&scene->file);
    free(scene);
    return 0;
}

static void write_pages(struct scene *scene, int count)
{
    char sql[128];

    sqlite3_snprintf(sizeof(sql), sql, "INSERT INTO t VALUES (zeroblob(%d * 4096))", count);
    queue_file_run(scene->file, sql);
}

static bool is_due(const struct scene *scene)
{
    uint32_t frames, copied;

    wal_index_sizes(&scene->index, &frames, &copied);
    return checkpointer_is_due(scene->checkpointer, &scene->clock, frames, copied);
}

static uint64_t checkpoints(const struct scene *scene)
{
    struct engine_upkeep upkeep;

    checkpointer_tell(scene->checkpointer, &upkeep);
    return upkeep.checkpoints;
}

static void checkpoint(struct scene *scene)
{
    uint64_t before = checkpoints(scene);
    int64_t until = clock_steady_ms(&scene->clock) + PATIENCE_MS;

    checkpointer_ask(scene->checkpointer, &scene->clock);
    while (checkpoints(scene) == before)
        if (clock_steady_ms(&scene->clock) > until)
            fail_msg("no checkpoint was made");
}

static void assert_sizes(const struct scene *scene, bool is_empty, bool is_copied)
{
    uint32_t frames, copied;

    wal_index_sizes(&scene->index, &frames, &copied);
    assert_int_equal(frames == 0, is_empty);
    assert_int_equal(copied == frames, is_copied);
}

static void is_due_when_there_is_something_to_copy(void **state)
{
    struct scene *scene = *state;

    write_pages(scene, 100);
    assert_false(is_due(scene));
    write_pages(scene, 500);
    assert_true(is_due(scene));
    checkpoint(scene);
    assert_sizes(scene, false, true);
    assert_false(is_due(scene));
}

/* The next one begins at the start of the WAL again. */
static void what_is_copied_is_written_over(void **state)
{
    struct scene *scene = *state;
    uint32_t frames, copied;

    write_pages(scene, 1000);
    checkpoint(scene);
    write_pages(scene, 10);
    wal_index_sizes(&scene->index, &frames, &copied);
    assert_in_range(frames, 1, 100);
    assert_int_equal(copied, 0);
}

static void a_reader_is_no_error(void **state)
{
    struct scene *scene = *state;
    sqlite3 *reader;

    assert_int_equal(sqlite3_open(scene->file->path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM t", NULL, NULL, NULL), SQLITE_OK);
    write_pages(scene, 5000);
    assert_true(is_due(scene));
    checkpoint(scene);
    assert_sizes(scene, false, false);
    sqlite3_close(reader);
    checkpoint(scene);
    assert_sizes(scene, false, true);
}

static void a_file_that_grew_large_becomes_small(void **state)
{
    struct scene *scene = *state;

    write_pages(scene, 17000);
    checkpoint(scene);
    assert_sizes(scene, true, true);
}

int main(void)
{
#define CHECKPOINTER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CHECKPOINTER_TEST(is_due_when_there_is_something_to_copy),
        CHECKPOINTER_TEST(what_is_copied_is_written_over),
        CHECKPOINTER_TEST(a_reader_is_no_error),
        CHECKPOINTER_TEST(a_file_that_grew_large_becomes_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
