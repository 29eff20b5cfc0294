#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/engines.h"
#include "gateway/store/notification_verbs.h"
#include "gateway/store/sqlite/file.h"
#include "gateway/store/sqlite/wal_index.h"
#include "gateway/store/store_settings.h"
#include "tests/unit/queue_file.h"

#define PATIENCE_MS 20000
#define COMMITS 300

/* Two connections to one database: ours, whose index is looked at, and another program's. */
struct pair {
    struct queue_file *file; /* its connection is the other program's */
    sqlite3 *ours;
    struct wal_index index;
};

static void run(sqlite3 *db, const char *sql)
{
    char *message = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", sql, message);
}

static void other(struct pair *pair, const char *sql)
{
    run(pair->file->db, sql);
}

static int set_up(void **state)
{
    struct pair *pair = mem_zalloc(sizeof(*pair));

    queue_file_set_up((void **)&pair->file);
    assert_int_equal(sqlite3_open(pair->file->path, &pair->file->db), SQLITE_OK);
    other(pair, "PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;"
                "CREATE TABLE t (x); INSERT INTO t VALUES ('first')");
    assert_int_equal(sqlite3_open(pair->file->path, &pair->ours), SQLITE_OK);
    run(pair->ours, "PRAGMA wal_autocheckpoint = 0; SELECT * FROM t");
    wal_index_open(&pair->index, pair->ours);
    *state = pair;
    return 0;
}

static int tear_down(void **state)
{
    struct pair *pair = *state;

    sqlite3_close(pair->ours);
    queue_file_tear_down((void **)&pair->file);
    free(pair);
    return 0;
}

static void begin(struct pair *pair)
{
    run(pair->ours, "BEGIN IMMEDIATE");
    wal_index_lock(&pair->index);
}

static void commit(struct pair *pair)
{
    run(pair->ours, "COMMIT");
    wal_index_commit(&pair->index);
}

static void shows_what_others_commit(void **state)
{
    struct pair *pair = *state;

    assert_true(wal_index_is_new(&pair->index));
    wal_index_look(&pair->index);
    assert_false(wal_index_is_new(&pair->index));
    other(pair, "INSERT INTO t VALUES ('a')");
    assert_true(wal_index_is_new(&pair->index));
    assert_true(wal_index_is_new(&pair->index));
    wal_index_look(&pair->index);
    assert_false(wal_index_is_new(&pair->index));
    wal_index_doubt(&pair->index);
    assert_true(wal_index_is_new(&pair->index));
}

static void counts_the_commits_since_the_last_look(void **state)
{
    struct pair *pair = *state;

    assert_int_equal(wal_index_look(&pair->index), 1);
    assert_int_equal(wal_index_look(&pair->index), 0);
    other(pair, "INSERT INTO t VALUES ('a'); INSERT INTO t VALUES ('b'), ('c')");
    assert_int_equal(wal_index_look(&pair->index), 2);
    other(pair, "INSERT INTO t VALUES ('d'); PRAGMA wal_checkpoint(TRUNCATE);"
                "INSERT INTO t VALUES ('e'); INSERT INTO t VALUES ('f')");
    assert_int_equal(wal_index_look(&pair->index), 3);
    other(pair, "INSERT INTO t VALUES ('g'); INSERT INTO t VALUES ('h')");
    wal_index_doubt(&pair->index);
    assert_int_equal(wal_index_look(&pair->index), 1);
}

/* What a checkpoint must know: that the WAL cannot begin anew as long as somebody reads. */
static void shows_whether_frames_are_still_owed(void **state)
{
    struct pair *pair = *state;
    struct wal_header before;

    other(pair, "INSERT INTO t VALUES ('a')");
    wal_index_copy(&pair->index, &before);
    assert_in_range(wal_header_frames(&before), 1, 100);
    assert_true(wal_index_is_owed(&pair->index, &before));
    other(pair, "PRAGMA wal_checkpoint");
    assert_false(wal_index_is_owed(&pair->index, &before));
    wal_index_copy(&pair->index, &before);
    other(pair, "INSERT INTO t VALUES ('b')");
    assert_false(wal_index_is_owed(&pair->index, &before));
    other(pair, "PRAGMA wal_checkpoint(TRUNCATE)");
    wal_index_copy(&pair->index, &before);
    other(pair, "INSERT INTO t VALUES ('c')");
    assert_false(wal_index_is_owed(&pair->index, &before));
}

static void does_not_show_our_own_commits(void **state)
{
    struct pair *pair = *state;

    wal_index_look(&pair->index);
    begin(pair);
    run(pair->ours, "INSERT INTO t VALUES ('a')");
    commit(pair);
    assert_false(wal_index_is_new(&pair->index));
    begin(pair);
    commit(pair);
    assert_false(wal_index_is_new(&pair->index));
    begin(pair);
    run(pair->ours, "INSERT INTO t VALUES ('b')");
    commit(pair);
    assert_false(wal_index_is_new(&pair->index));
}

static void shows_what_others_commit_before_and_after_ours(void **state)
{
    struct pair *pair = *state;

    wal_index_look(&pair->index);
    other(pair, "INSERT INTO t VALUES ('before')");
    begin(pair);
    run(pair->ours, "INSERT INTO t VALUES ('a')");
    commit(pair);
    assert_true(wal_index_is_new(&pair->index));

    wal_index_look(&pair->index);
    begin(pair);
    run(pair->ours, "INSERT INTO t VALUES ('b')");
    run(pair->ours, "COMMIT");
    other(pair, "INSERT INTO t VALUES ('after')");
    wal_index_commit(&pair->index);
    assert_true(wal_index_is_new(&pair->index));
}

/* As when an UPDATE finds no row, or a row that has these values already. */
static void shows_what_others_commit_after_ours_that_wrote_nothing(void **state)
{
    struct pair *pair = *state;

    wal_index_look(&pair->index);
    begin(pair);
    run(pair->ours, "UPDATE t SET x = 'first' WHERE x = 'first'; DELETE FROM t WHERE x = 'none'");
    run(pair->ours, "COMMIT");
    other(pair, "INSERT INTO t VALUES ('after')");
    wal_index_commit(&pair->index);
    assert_true(wal_index_is_new(&pair->index));
}

/* So small a cache that the transaction writes to the -wal before it commits. */
#define SPILLING \
    "PRAGMA cache_size = 1; BEGIN; INSERT INTO t SELECT zeroblob(20000) FROM" \
    " (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)" \
    " SELECT i FROM n)"

static void knows_whether_a_transaction_is_being_written(void **state)
{
    struct pair *pair = *state;

    assert_false(wal_index_is_written(&pair->index));
    other(pair, SPILLING);
    wal_index_look(&pair->index);
    assert_true(wal_index_is_written(&pair->index));
    assert_false(wal_index_is_new(&pair->index));
    other(pair, "COMMIT");
    assert_false(wal_index_is_written(&pair->index));
    assert_true(wal_index_is_new(&pair->index));
}

static void takes_a_rolled_back_one_for_one_that_is_written(void **state)
{
    struct pair *pair = *state;

    other(pair, SPILLING);
    other(pair, "ROLLBACK");
    assert_true(wal_index_is_written(&pair->index));
}

/* What is left of an earlier use of the -wal lies behind the last frame of the present one. */
static void does_not_take_old_frames_for_new_ones(void **state)
{
    struct pair *pair = *state;

    other(pair, SPILLING);
    other(pair, "COMMIT; PRAGMA wal_checkpoint(RESTART); INSERT INTO t VALUES ('a')");
    assert_false(wal_index_is_written(&pair->index));
}

/* The salts of the next use are not known yet. */
static void is_not_sure_while_no_frame_is_committed(void **state)
{
    struct pair *pair = *state;

    other(pair, "PRAGMA wal_checkpoint(TRUNCATE)");
    assert_true(wal_index_is_written(&pair->index));
    other(pair, "INSERT INTO t VALUES ('a')");
    assert_false(wal_index_is_written(&pair->index));
}

static void says_that_anything_may_have_happened_without_an_index(void **state)
{
    struct pair *pair = *state;
    struct wal_index index;

    sqlite3_close(pair->ours);
    assert_int_equal(sqlite3_open(":memory:", &pair->ours), SQLITE_OK);
    wal_index_open(&index, pair->ours);
    wal_index_look(&index);
    assert_true(wal_index_is_new(&index));
    assert_true(wal_index_is_written(&index));
}

/* Another process commits when it is told to, sometimes much at once. */
static void write_for(int orders, const char *path)
{
    const char *synchronous[] = {"PRAGMA synchronous = normal", "PRAGMA synchronous = full"};
    sqlite3 *db;
    char order;

    if (sqlite3_open(path, &db) != SQLITE_OK)
        _exit(1);
    sqlite3_busy_timeout(db, PATIENCE_MS);
    for (int i = 0; read(orders, &order, 1) == 1; i++) {
        const char *rows = i % 7 == 0 ? "300" : "1";
        char *sql = sqlite3_mprintf(
            "INSERT INTO notifications (user_id, title) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
            " SELECT i + 1 FROM n WHERE i < %s) SELECT 'alice', 'x' FROM n",
            rows);
        sqlite3_exec(db, synchronous[i % 2], NULL, NULL, NULL);
        if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
            _exit(1);
        sqlite3_free(sql);
    }
    _exit(0);
}

static struct timespec time_of_us(int64_t us)
{
    return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

/* As the store's thread waits, but without the slow poll. Counts the looks. */
static void await_change(struct engine *engine, const struct clock *clock, int *looks)
{
    const struct engine_life *life = engine->life;
    int64_t until = clock_steady_ms(clock) + PATIENCE_MS;

    for (; life->commits_of_others(engine) == 0; (*looks)++) {
        int64_t now = clock_steady_ms(clock);
        struct pollfd fd = {.fd = life->wake_fd(engine), .events = POLLIN};
        int64_t pause = life->wake_pause(engine, now);
        const struct timespec wait = time_of_us(pause < 0 ? PATIENCE_MS * INT64_C(1000) : pause);

        if (now > until)
            fail_msg("a commit was missed");
        if (ppoll(&fd, 1, &wait, NULL) > 0)
            life->wake_take(engine, clock_steady_ms(clock));
        life->wake_step(engine, clock_steady_ms(clock));
    }
}

static void commit_ours(struct engine *engine)
{
    assert_int_equal(engine->life->begin_writing(engine, false), 0);
    assert_true(engine->notifications->mark_sent(engine, 1, 1) >= 0);
    assert_int_equal(engine->life->commit(engine), 0);
}

static int refuse(void *context)
{
    (void)context;
    return 1;
}

static void finds_the_change_again_after_the_question_has_failed(void **state)
{
    struct queue_file *file;
    struct store_settings settings;
    struct engine *engine;
    struct reason why;
    sqlite3 *ours;

    (void)state;
    queue_file_set_up((void **)&file);
    queue_file_made((void **)&file);
    settings = (struct store_settings){
        .database = file->path, .instance = "test:1", .synchronous = "normal"};
    engine = engines_new(&settings, &why);
    assert_non_null(engine);
    assert_int_equal(engine->life->open(engine, PATIENCE_MS), 0);
    ours = file_of(engine)->db;
    run(file->db, "INSERT INTO notifications (user_id, title) VALUES ('alice', 'x')");
    sqlite3_progress_handler(ours, 1, refuse, NULL);
    assert_int_equal(engine->life->commits_of_others(engine), -1);
    sqlite3_progress_handler(ours, 0, NULL, NULL);
    assert_int_equal(engine->life->commits_of_others(engine), 1);
    assert_int_equal(engine->life->commits_of_others(engine), 0);
    engine->life->free(engine);
    queue_file_tear_down((void **)&file);
}

static void no_commit_of_another_process_is_missed(void **state)
{
    struct queue_file *file;
    struct store_settings settings;
    struct clock clock = clock_system();
    struct engine *engine;
    struct reason why;
    int orders[2], status, looks = 0;
    pid_t writer;

    (void)state;
    queue_file_set_up((void **)&file);
    queue_file_made((void **)&file);
    database_close(&file->db);
    assert_int_equal(pipe(orders), 0);
    writer = fork();
    if (writer == 0) {
        close(orders[1]);
        write_for(orders[0], file->path);
    }
    settings = (struct store_settings){
        .database = file->path, .instance = "test:1", .synchronous = "normal"};
    engine = engines_new(&settings, &why);
    assert_non_null(engine);
    assert_int_equal(engine->life->open(engine, PATIENCE_MS), 0);
    engine->life->wait(engine, PATIENCE_MS);
    for (int i = 0; i < COMMITS; i++) {
        assert_int_equal(write(orders[1], "x", 1), 1);
        if (i % 3 == 0)
            commit_ours(engine);
        await_change(engine, &clock, &looks);
        if (i % 3 == 1)
            commit_ours(engine);
    }
    close(orders[0]);
    close(orders[1]);
    assert_int_equal(waitpid(writer, &status, 0), writer);
    assert_int_equal(status, 0);
    print_message("%d looks for %d commits\n", looks, COMMITS);
    engine->life->free(engine);
    queue_file_tear_down((void **)&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shows_what_others_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_the_commits_since_the_last_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shows_whether_frames_are_still_owed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_show_our_own_commits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            shows_what_others_commit_before_and_after_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            shows_what_others_commit_after_ours_that_wrote_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            knows_whether_a_transaction_is_being_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            takes_a_rolled_back_one_for_one_that_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_take_old_frames_for_new_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_not_sure_while_no_frame_is_committed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            says_that_anything_may_have_happened_without_an_index, set_up, tear_down),
        cmocka_unit_test(finds_the_change_again_after_the_question_has_failed),
        cmocka_unit_test(no_commit_of_another_process_is_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
