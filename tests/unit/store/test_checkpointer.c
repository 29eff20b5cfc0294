#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/store/sqlite/checkpointer.h"
#include "gateway/store/sqlite/wal_index.h"
#include "tests/unit/queue_file.h"

#define PATIENCE_MS 20000
/* What the set clock says. */
#define BEGUN 1000

/* A WAL of some pages, and the checkpointer on a connection of its own. */
struct scene {
    struct queue_file *file;
    struct clock clock, set;
    const struct clock *times; /* that of the checkpointer: one of the two */
    struct wal_index index;
    struct checkpointer *checkpointer;
    sqlite3 *db, *guard;        /* the checkpointer's */
    const char *meanwhile;      /* SQL that somebody else runs while a checkpoint begins */
    sqlite3_io_methods methods; /* of db's file, with that between */
    int (*unfetch)(sqlite3_file *, sqlite3_int64, void *);
};

static sqlite3 *opened(const struct scene *scene)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(scene->file->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT * FROM t", NULL, NULL, NULL), SQLITE_OK);
    return db;
}

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct reason why;

    scene->clock = clock_system();
    scene->times = &scene->clock;
    queue_file_set_up((void **)&scene->file);
    assert_int_equal(sqlite3_open(scene->file->path, &scene->file->db), SQLITE_OK);
    queue_file_run(scene->file, "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;"
                                "CREATE TABLE t (x)");
    wal_index_open(&scene->index, scene->file->db);
    scene->db = opened(scene);
    scene->guard = opened(scene);
    scene->checkpointer = checkpointer_new(scene->db, scene->guard, &why);
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

static int64_t set_steady(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static void set_clock(struct scene *scene)
{
    static const int64_t begun = BEGUN;

    scene->set = scene->clock;
    scene->set.steady_ms = set_steady;
    scene->set.context = &begun;
    scene->times = &scene->set;
}

static bool is_due_by(struct scene *scene, const struct clock *clock)
{
    uint32_t frames, copied;

    wal_index_sizes(&scene->index, &frames, &copied);
    return checkpointer_is_due(scene->checkpointer, clock, frames, copied);
}

static bool is_due(struct scene *scene)
{
    return is_due_by(scene, &scene->clock);
}

/* The set clock stood still during the last checkpoint. */
static void assert_pause(struct scene *scene, int64_t pause)
{
    int64_t until = clock_steady_ms(&scene->clock) + PATIENCE_MS;
    int64_t now = BEGUN + pause;
    struct clock then = scene->set;

    then.context = &now;
    while (!is_due_by(scene, &then))
        if (clock_steady_ms(&scene->clock) > until)
            fail_msg("none is due after %d ms", (int)pause);
    now--;
    assert_false(is_due_by(scene, &then));
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

    checkpointer_ask(scene->checkpointer, scene->times);
    while (checkpoints(scene) == before)
        if (clock_steady_ms(&scene->clock) > until)
            fail_msg("no checkpoint was made");
}

static void assert_sizes(struct scene *scene, bool is_empty, bool is_copied)
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

static void the_next_comes_soon_while_commits_come_fast(void **state)
{
    struct scene *scene = *state;

    set_clock(scene);
    write_pages(scene, 600);
    checkpoint(scene);
    write_pages(scene, 600);
    assert_pause(scene, 5);
}

/* From a thousand on each commit of a publisher copies and syncs what is left. */
static void a_page_is_enough_where_publishers_would_copy_it(void **state)
{
    struct scene *scene = *state;
    sqlite3 *reader;

    set_clock(scene);
    write_pages(scene, 1100);
    checkpoint(scene);
    assert_int_equal(sqlite3_open(scene->file->path, &reader), SQLITE_OK);
    write_pages(scene, 1100);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM t", NULL, NULL, NULL), SQLITE_OK);
    assert_pause(scene, 5);
    checkpoint(scene);
    assert_sizes(scene, false, true);
    write_pages(scene, 1);
    assert_pause(scene, 5);
    sqlite3_close(reader);
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

    write_pages(scene, 33000);
    checkpoint(scene);
    assert_sizes(scene, true, true);
}

/* Writers would wait for it once more each time. */
static void waits_longer_for_a_reader_that_is_in_the_way_of_a_restart(void **state)
{
    struct scene *scene = *state;
    sqlite3 *reader;

    write_pages(scene, 5000);
    set_clock(scene);
    assert_int_equal(sqlite3_open(scene->file->path, &reader), SQLITE_OK);
    assert_int_equal(sqlite3_exec(reader, "BEGIN; SELECT * FROM t", NULL, NULL, NULL), SQLITE_OK);
    checkpoint(scene);
    assert_sizes(scene, false, true);
    write_pages(scene, 600);
    assert_pause(scene, 1000);
    /* This time it is in the way of copying, so the restart is not tried. */
    checkpoint(scene);
    assert_sizes(scene, false, false);
    assert_pause(scene, 100);
    sqlite3_close(reader);
}

static struct engine_upkeep told(const struct scene *scene)
{
    struct engine_upkeep upkeep;

    checkpointer_tell(scene->checkpointer, &upkeep);
    return upkeep;
}

static void await_failures(struct scene *scene, uint64_t count)
{
    int64_t until = clock_steady_ms(&scene->clock) + PATIENCE_MS;

    checkpointer_ask(scene->checkpointer, &scene->clock);
    while (told(scene).checkpoint_failures != count)
        if (clock_steady_ms(&scene->clock) > until)
            fail_msg("no checkpoint failed");
}

/* As on a full disk, the database cannot grow. */
static void a_failure_is_not_counted_and_says_why(void **state)
{
    struct scene *scene = *state;
    struct rlimit before, small;

    signal(SIGXFSZ, SIG_IGN);
    write_pages(scene, 600);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    await_failures(scene, 1);
    await_failures(scene, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(checkpoints(scene), 0);
    assert_string_equal(told(scene).checkpoint_error, "disk I/O error");
    checkpoint(scene);
    assert_int_equal(checkpoints(scene), 1);
    assert_int_equal(told(scene).checkpoint_failures, 0);
}

static int refuse(void *context)
{
    (void)context;
    return 1;
}

/* No checkpoint is made without a guard. Once it can read again it lets go of the WAL, too. */
static void a_guard_that_cannot_read_is_a_failure(void **state)
{
    struct scene *scene = *state;

    write_pages(scene, 1000);
    sqlite3_progress_handler(scene->guard, 1, refuse, NULL);
    await_failures(scene, 1);
    await_failures(scene, 2);
    assert_string_equal(told(scene).checkpoint_error, "interrupted");
    assert_int_equal(checkpoints(scene), 0);
    assert_sizes(scene, false, false);
    sqlite3_progress_handler(scene->guard, 0, NULL, NULL);
    what_is_copied_is_written_over(state);
    assert_int_equal(told(scene).checkpoint_failures, 0);
}

static void sizes_stay_while_a_commit_changes_the_header(void **state)
{
    struct scene *scene = *state;
    struct wal_index index = scene->index;
    uint32_t torn[32], frames, copied;

    write_pages(scene, 100);
    for (size_t i = 0; i < 32; i++)
        torn[i] = index.shared[i];
    index.shared = torn;
    wal_index_sizes(&index, &frames, &copied);
    assert_in_range(frames, 100, 200);
    torn[WAL_INDEX_WORDS + 4]++;
    frames = 0;
    wal_index_sizes(&index, &frames, &copied);
    assert_in_range(frames, 100, 200);
}

/* SQLite calls it in a checkpoint right after reading the header, if that has changed. */
static int on_header_read(sqlite3_file *file, sqlite3_int64 at, void *page)
{
    struct scene *scene = container_of((sqlite3_io_methods *)file->pMethods, struct scene, methods);
    const char *meanwhile = scene->meanwhile;

    scene->meanwhile = NULL;
    if (meanwhile)
        sqlite3_exec(scene->file->db, meanwhile, NULL, NULL, NULL);
    return scene->unfetch(file, at, page);
}

static void run_when_the_header_is_read(struct scene *scene, const char *sql)
{
    sqlite3_file *file;

    assert_int_equal(
        sqlite3_file_control(scene->db, "main", SQLITE_FCNTL_FILE_POINTER, &file), SQLITE_OK);
    scene->methods = *file->pMethods;
    scene->unfetch = scene->methods.xUnfetch;
    scene->methods.xUnfetch = on_header_read;
    file->pMethods = &scene->methods;
    scene->meanwhile = sql;
}

/* None is under way any more. */
static void await_end(struct scene *scene)
{
    static const int64_t later = INT64_MAX - 1;
    const struct clock then = {.steady_ms = set_steady, .context = &later};
    int64_t until = clock_steady_ms(&scene->clock) + PATIENCE_MS;

    while (!checkpointer_is_due(scene->checkpointer, &then, 5000, 0))
        if (clock_steady_ms(&scene->clock) > until)
            fail_msg("it does not end");
}

/* Once all is copied, the next commit lets the WAL begin anew. SQLite before 3.51.3 would take its
 * frames, and as many as the WAL had before, for copied. */
static void none_begins_where_the_wal_may_begin_anew(void **state)
{
    struct scene *scene = *state;
    uint32_t frames, copied;

    write_pages(scene, 600);
    queue_file_run(scene->file, "PRAGMA wal_checkpoint");
    assert_sizes(scene, false, true);
    run_when_the_header_is_read(scene, "INSERT INTO t VALUES (1)");
    checkpointer_ask(scene->checkpointer, scene->times);
    await_end(scene);
    wal_index_sizes(&scene->index, &frames, &copied);
    assert_in_range(copied, 0, frames);
    assert_int_equal(checkpoints(scene), 0);
}

/* A writer keeps the lock. What was committed meanwhile is not copied without it. */
static void nothing_is_copied_without_the_lock_of_a_restart(void **state)
{
    struct scene *scene = *state;

    write_pages(scene, 5000);
    run_when_the_header_is_read(scene, "INSERT INTO t VALUES (1); BEGIN IMMEDIATE");
    checkpoint(scene);
    await_end(scene);
    queue_file_run(scene->file, "ROLLBACK");
    assert_sizes(scene, false, false);
    checkpoint(scene);
    assert_sizes(scene, false, true);
}

int main(void)
{
#define CHECKPOINTER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CHECKPOINTER_TEST(is_due_when_there_is_something_to_copy),
        CHECKPOINTER_TEST(what_is_copied_is_written_over),
        CHECKPOINTER_TEST(the_next_comes_soon_while_commits_come_fast),
        CHECKPOINTER_TEST(a_page_is_enough_where_publishers_would_copy_it),
        CHECKPOINTER_TEST(a_reader_is_no_error),
        CHECKPOINTER_TEST(a_file_that_grew_large_becomes_small),
        CHECKPOINTER_TEST(waits_longer_for_a_reader_that_is_in_the_way_of_a_restart),
        CHECKPOINTER_TEST(a_failure_is_not_counted_and_says_why),
        CHECKPOINTER_TEST(none_begins_where_the_wal_may_begin_anew),
        CHECKPOINTER_TEST(nothing_is_copied_without_the_lock_of_a_restart),
        CHECKPOINTER_TEST(a_guard_that_cannot_read_is_a_failure),
        CHECKPOINTER_TEST(sizes_stay_while_a_commit_changes_the_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
