#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/database.h"
#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 20000

static struct rig_answer attach(struct rig *rig, const char *user)
{
    return rig_attach(rig, user, 1000, 64, OCTETS);
}

/* ── locked ── */

static void reads_on_while_another_process_holds_the_file_locked(void **state)
{
    struct rig *rig = *state;
    struct rig_answer read = {.is_there = false};
    struct store_counters counters;
    char held[128];
    int64_t until;

    FILE *shell;

    rig_insert(rig, "alice", 3);
    attach(rig, "alice");
    shell = rig_shell(rig);
    snprintf(held, sizeof(held), "%s/held", rig->folder);
    fprintf(shell, "PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE;\n.shell touch %s\n", held);
    fflush(shell);
    while (access(held, F_OK) != 0)
        rig_idle(rig, 5);
    store_sent(rig->store, "alice", (int64_t[]){1}, 1, true, clock_wall_ms(&rig->clock));
    store_mark(rig->store, STORE_MARK_READ, "alice", (int64_t[]){2}, 1, 0, rig_on_marked, &read);
    until = clock_steady_ms(&rig->clock) + 1000;
    do {
        struct rig_answer page = rig_fetch(
            rig, &(struct store_scan){.user = "alice", .max_rows = 64, .max_bytes = OCTETS});

        assert_int_equal(page.verdict, STORE_OK);
        assert_int_equal(page.count, 2);
        assert_int_equal(page.ids[0], 2);
        assert_false(read.is_there);
        store_counters(rig->store, &counters);
    } while (counters.busy < 5 || clock_steady_ms(&rig->clock) < until);
    fprintf(shell, "COMMIT;\n");
    pclose(shell);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
    rig_await_answer(rig, &read);
    assert_int_equal(read.verdict, STORE_OK);
    store_counters(rig->store, &counters);
    assert_in_range(counters.busy, 5, 200);
    assert_int_equal(counters.unmarked, 0);
    assert_int_equal(rig->told[RIG_UNAVAILABLE], 0);
    assert_true(rig_logged(rig, "writing the queue works again"));
}

static void says_so_where_a_lock_lasts_too_long(void **state)
{
    struct rig *rig = *state;
    struct rig_answer read;

    rig_insert(rig, "alice", 1);
    attach(rig, "alice");
    rig_sql(rig, "BEGIN IMMEDIATE");
    read = rig_read(rig, "alice", (int64_t[]){1}, 1, 0);
    assert_int_equal(read.verdict, STORE_UNAVAILABLE);
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    assert_non_null(strstr(rig->reason, "locked"));
    rig_sql(rig, "COMMIT");
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    assert_int_equal(
        rig_integer(rig, "SELECT count(*) FROM notifications WHERE status = 'read'"), 0);
}

/* ── full ── */

static void keeps_marks_while_the_disk_is_full(void **state)
{
    struct rig *rig = *state;
    struct rlimit before, none;
    struct rig_answer answer;

    signal(SIGXFSZ, SIG_IGN);
    rig_insert(rig, "alice", 2);
    attach(rig, "alice");
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM presence", 1, SOON_MS));
    getrlimit(RLIMIT_FSIZE, &before);
    none = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    store_sent(rig->store, "alice", (int64_t[]){1}, 1, true, clock_wall_ms(&rig->clock));
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    answer =
        rig_fetch(rig, &(struct store_scan){.user = "alice", .max_rows = 64, .max_bytes = OCTETS});
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(answer.verdict, STORE_OK);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.ids[0], 2);
    assert_int_equal(
        rig_integer(rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'"), 0);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
}

static void takes_no_more_marks_than_it_may_and_says_when_it_can_again(void **state)
{
    struct rig *rig = *state;
    int64_t ids[512];

    attach(rig, "alice");
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM presence", 1, SOON_MS));
    rig_sql(rig, "BEGIN IMMEDIATE");
    for (int64_t first = 1; store_may_deliver(rig->store); first += 512) {
        for (int i = 0; i < 512; i++)
            ids[i] = first + i;
        assert_true(first <= STORE_UNMARKED_MAX);
        store_sent(rig->store, "alice", ids, 512, true, clock_wall_ms(&rig->clock));
    }
    rig_idle(rig, 50);
    assert_false(store_may_deliver(rig->store));
    rig_sql(rig, "COMMIT");
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    assert_true(store_may_deliver(rig->store));
}

/* ── bad rows ── */

static bool two_are_unread(struct rig *rig)
{
    return rig->unread == 2;
}

static void fails_bad_rows_and_serves_the_rest(void **state)
{
    struct rig *rig = *state;
    char text[512];

    attach(rig, "alice");
    rig_sql(rig,
        "PRAGMA ignore_check_constraints = 1; BEGIN;"
        "INSERT INTO notifications (user_id, title) VALUES ('alice', 'good');"
        "INSERT INTO notifications (user_id, title) VALUES ('alice', CAST(x'ff41' AS TEXT));"
        "INSERT INTO notifications (user_id, title, data)"
        " VALUES ('alice', 't', '{\"a\":1,\"a\":2}');"
        "INSERT INTO notifications (user_id, title, data)"
        " VALUES ('alice', 't', '{\"a\":1e400}');"
        "INSERT INTO notifications (user_id, title, data) VALUES ('alice', 't', '[1]');"
        "INSERT INTO notifications (user_id, title, data) VALUES ('alice', 't', '{');"
        "INSERT INTO notifications (user_id, title, created_at)"
        " VALUES ('alice', 't', 'yesterday');"
        "INSERT INTO notifications (user_id, title, deliver_after)"
        " VALUES ('alice', 't', 'tomorrow');"
        "INSERT INTO notifications (user_id, title, priority)"
        " VALUES ('alice', 't', 'loud');"
        "INSERT INTO notifications (user_id, title, status) VALUES ('alice', 't', 'odd');"
        "INSERT INTO notifications (user_id, title) VALUES ('', 't');"
        "INSERT INTO notifications (user_id, title) VALUES (CAST(x'ff' AS TEXT), 't');"
        "INSERT INTO notifications (user_id, title, body)"
        " VALUES ('alice', 't', hex(zeroblob(5000000)));"
        "INSERT INTO notifications (user_id, title) VALUES ('alice', 'a' || char(0));"
        "INSERT INTO notifications (user_id, title) VALUES ('alice', 'good too');"
        "COMMIT");
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
    assert_int_equal(rig->rows[0], 1);
    assert_int_equal(rig->rows[1], 15);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'failed'", 13, SOON_MS));
    assert_string_equal(
        rig_text(rig, text, "SELECT error FROM notifications WHERE id = 2"), "title is not UTF-8");
    assert_string_equal(rig_text(rig, text, "SELECT error FROM notifications WHERE id = 13"),
        "body is 10000000 bytes long, not 0 to 16384");
    assert_true(rig_integer(rig, "SELECT count(*) FROM notifications"
                                 " WHERE error LIKE 'data cannot be sent: not valid JSON%%'") > 0);
    assert_true(rig_logged(rig, "notification 2 cannot be sent: title is not UTF-8"));
    assert_int_equal(rig->told[RIG_ROW], 2);
    assert_true(rig_until(rig, two_are_unread, SOON_MS));
}

static void fails_bad_rows_that_were_there_before(void **state)
{
    struct rig *rig = *state;
    struct rig_answer answer;

    rig_stop(rig);
    rig_sql(rig, "PRAGMA ignore_check_constraints = 1;"
                 "INSERT INTO notifications (user_id, title) VALUES ('alice', 'good');"
                 "INSERT INTO notifications (user_id, title, data) VALUES ('alice', 't', 'null');"
                 "INSERT INTO notifications (user_id, title) VALUES ('alice', 'good')");
    rig_start(rig);
    answer = attach(rig, "alice");
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.ids[1], 3);
    assert_true(answer.complete);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'failed'", 1, SOON_MS));
    rig_sql(rig, "UPDATE notifications SET status = 'pending' WHERE id = 2");
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    assert_int_equal(
        rig_fetch(rig, &(struct store_scan){.user = "alice", .max_rows = 9, .max_bytes = OCTETS})
            .count,
        2);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'failed'", 1, SOON_MS));
}

/* A row with a column of the wrong type cannot even be marked `failed`. */
static void passes_by_rows_that_cannot_be_marked(void **state)
{
    struct rig *rig = *state;

    rig_stop(rig);
    database_close(&rig->db);
    rig_open_again(rig);
    rig_sql(rig, "PRAGMA writable_schema = 1");
    rig_sql(rig, "UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')')"
                 " WHERE name = 'notifications'");
    rig_sql(rig, "PRAGMA writable_schema = 0");
    database_close(&rig->db);
    rig_open_again(rig);
    rig_sql(rig, "PRAGMA ignore_check_constraints = 1;"
                 "INSERT INTO notifications (user_id, title) VALUES ('alice', x'00ff');"
                 "INSERT INTO notifications (user_id, title, attempts) VALUES (x'61', 't', 'many');"
                 "INSERT INTO notifications (user_id, title) VALUES ('alice', 'good')");
    rig_sql(rig, "PRAGMA writable_schema = 1");
    rig_sql(rig, "UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = 'notifications'");
    rig_sql(rig, "PRAGMA writable_schema = 0");
    database_close(&rig->db);
    rig_open_again(rig);
    rig_start(rig);
    for (int i = 0; i < 3; i++) {
        struct rig_answer answer = attach(rig, "alice");
        assert_int_equal(answer.count, 1);
        assert_int_equal(answer.ids[0], 3);
    }
    store_sent(rig->store, "alice", (int64_t[]){1, 2, 3}, 3, true, clock_wall_ms(&rig->clock));
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
}

/* ── killed ── */

/* However often it was tried before, a delivered row is marked so. */
static void marks_rows_whose_attempts_are_out_of_bounds(void **state)
{
    static const char *const attempts[] = {
        "9223372036854775807", "9007199254740991", "-9223372036854775807 - 1", "-1"};
    struct rig *rig = *state;
    int64_t id = 0;

    rig_sql(rig, "PRAGMA ignore_check_constraints = 1");
    attach(rig, "alice");
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
        rig_sql(rig,
            "INSERT INTO notifications (user_id, title, attempts) VALUES ('alice', 't', %s)",
            attempts[i]);
        assert_true(rig_await(rig, RIG_ROW, i + 1, SOON_MS));
        id++;
        store_sent(rig->store, "alice", &id, 1, true, store_confirm_moment(rig->store));
    }
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
    assert_int_equal(rig_integer(rig, "SELECT max(attempts) FROM notifications"), 9007199254740991);
    assert_int_equal(rig_integer(rig, "SELECT min(attempts) FROM notifications"), 1);
}

/* The largest possible id would stop all writers, but only until the gateway notices it. */
static void sets_a_used_up_sequence_back(void **state)
{
    struct rig *rig = *state;

    attach(rig, "alice");
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    rig_sql(rig, "UPDATE sqlite_sequence SET seq = 9223372036854775807");
    assert_true(rig_await_integer(
        rig, "SELECT seq FROM sqlite_sequence WHERE name = 'notifications'", 1, SOON_MS));
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 2, SOON_MS));
    assert_int_equal(rig->told[RIG_REPLACED], 0);
    assert_true(rig_logged(rig, "the queue was mended"));
}

/* A file from before there were triggers to prevent that. */
static void tells_rows_whose_ids_were_out_of_bounds(void **state)
{
    struct rig *rig = *state;

    rig_stop(rig);
    rig_sql(rig, "DROP TRIGGER notifications_numbered;"
                 "INSERT INTO notifications (id, user_id, title) VALUES (-3, 'alice', 't'),"
                 " (0, 'alice', 't'), (9223372036854775807, 'alice', 't')");
    rig_start(rig);
    assert_int_equal(attach(rig, "alice").count, 3);
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_int_equal(rig->rows[0], 4);
    assert_true(rig_logged(rig, "the table notifications has ids below 1"));
}

/* The child marks rows as delivered, and writes to the pipe which it has seen marked. */
static void serve_until_killed(struct rig *rig, int out)
{
    int64_t id = 0;

    rig_start(rig);
    attach(rig, "alice");
    for (;;) {
        struct store_counters counters;

        id++;
        store_sent(rig->store, "alice", &id, 1, true, clock_wall_ms(&rig->clock));
        do {
            rig_idle(rig, 1);
            store_counters(rig->store, &counters);
        } while (counters.rows_marked < (uint64_t)id);
        if (write(out, &id, sizeof(id)) != sizeof(id))
            _exit(1);
    }
}

static void loses_no_mark_when_it_is_killed(void **state)
{
    struct rig *rig = *state;
    char text[512];

    rig_stop(rig);
    rig_insert(rig, "alice", 200);
    database_close(&rig->db);
    for (int round = 1; round <= 5; round++) {
        int64_t marked = 0;
        int ends[2];
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
            uv_loop_fork(&rig->loop);
            serve_until_killed(rig, ends[1]);
        }
        close(ends[1]);
        while (marked < round * 3)
            assert_int_equal(read(ends[0], &marked, sizeof(marked)), sizeof(marked));
        kill(child, SIGKILL);
        while (read(ends[0], &marked, sizeof(marked)) == sizeof(marked))
            continue;
        waitpid(child, NULL, 0);
        close(ends[0]);
        rig_open_again(rig);
        assert_int_equal(rig_integer(rig,
                             "SELECT count(*) FROM notifications"
                             " WHERE status = 'delivered' AND id <= %d",
                             (int)marked),
            marked);
        assert_string_equal(rig_text(rig, text, "PRAGMA integrity_check"), "ok");
        database_close(&rig->db);
    }
    rig_open_again(rig);
    rig_start(rig);
    assert_int_equal(attach(rig, "alice").verdict, STORE_OK);
    assert_true(rig_await_integer(
        rig, "SELECT connections FROM presence WHERE user_id = 'alice'", 1, SOON_MS));
}

/* ── clocks ── */

static void is_not_kept_busy_by_times_that_are_too_long(void **state)
{
    struct rig *rig = *state;

    rig_stop(rig); /* what is old is looked for at the start */
    rig_sql(rig, "PRAGMA ignore_check_constraints = 1;"
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
                 " INSERT INTO notifications (user_id, title, expires_at, created_at)"
                 " SELECT 'bob', 't', '2020-01-01T00:00:00.000000000Z',"
                 " '2020-01-01T00:00:00.000000000Z' FROM n");
    rig_start(rig);
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM notifications", 0, 30000));
}

static void goes_back_with_a_clock_that_is_set_back(void **state)
{
    struct rig *rig = *state;
    char iso[CLOCK_ISO_SIZE];

    attach(rig, "alice");
    rig->wall_offset = -3600000;
    rig_sql(rig,
        "INSERT INTO notifications (user_id, title, deliver_after)"
        " VALUES ('alice', 'soon', '%s')",
        clock_iso(clock_wall_ms(&rig->clock) + 300, iso));
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    rig_insert(rig, "alice", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
}

static void wonders_at_an_id_that_was_bound_as_a_floating_point_number(void **state)
{
    struct rig *rig = *state;

    attach(rig, "42");
    rig_sql(rig, "INSERT INTO notifications (user_id, title) VALUES (42.0, 't'), (7.0, 't')");
    rig_insert(rig, "42", 1);
    assert_true(rig_await(rig, RIG_ROW, 1, SOON_MS));
    assert_true(rig_logged(rig, "notification 1 is for a user \"42.0\""));
    assert_true(rig_logged(rig, "bind user ids as text"));
    assert_false(rig_logged(rig, "\"7.0\""));
}

/* A device that connects late is owed what others confirmed since it began to scan, not what an
 * earlier gateway marked, whose clock was ahead. */
static void brings_nothing_again_where_the_clock_is_back_after_a_restart(void **state)
{
    static const int64_t offsets[] = {
        3600000, (int64_t)86400000, (int64_t)10 * 365 * 86400000, -(int64_t)3600000};
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        int64_t id = (int64_t)i + 1;
        struct rig_answer answer;
        rig->wall_offset = offsets[i];
        attach(rig, "alice");
        rig_insert(rig, "alice", 1);
        assert_true(rig_await(rig, RIG_ROW, i + 1, SOON_MS));
        store_sent(rig->store, "alice", &id, 1, true, store_confirm_moment(rig->store));
        assert_true(rig_await_integer(
            rig, "SELECT count(*) FROM notifications WHERE status = 'pending'", 0, SOON_MS));
        rig_stop(rig);
        rig->wall_offset = 0;
        rig_start(rig);
        answer = attach(rig, "alice");
        answer = rig_fetch(rig, &(struct store_scan){.user = "alice",
                                    .started = answer.scan_started,
                                    .shared = true,
                                    .max_rows = 64,
                                    .max_bytes = OCTETS});
        assert_int_equal(answer.verdict, STORE_OK);
        assert_int_equal(answer.count, 0);
    }
}

/* Rows that are old only because the clock is wrong are not deleted before it can be corrected. */
static void deletes_nothing_at_once_when_the_clock_leaps_ahead(void **state)
{
    struct rig *rig = *state;

    rig_insert(rig, "alice", 3);
    rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE id = 1;"
                 "INSERT INTO notifications (user_id, title, status, created_at)"
                 " VALUES ('bob', 't', 'read', '2020-01-01T00:00:00.000Z')");
    rig_stop(rig);
    rig_start(rig);
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM notifications", 3, SOON_MS));
    rig->wall_offset = (int64_t)3650 * 86400000;
    rig->steady_offset += 3700000;
    while (!rig_logged(rig, "the clock leapt ahead by 36"))
        rig_idle(rig, 5);
    rig_idle(rig, 200);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM notifications"), 3);
    rig->steady_offset += 86400000;
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM notifications", 2, SOON_MS));
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
#define UNSYNCED_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up_unsynced, rig_tear_down)
    const struct CMUnitTest tests[] = {
        STORE_TEST(reads_on_while_another_process_holds_the_file_locked),
        STORE_TEST(says_so_where_a_lock_lasts_too_long),
        STORE_TEST(keeps_marks_while_the_disk_is_full),
        UNSYNCED_TEST(takes_no_more_marks_than_it_may_and_says_when_it_can_again),
        STORE_TEST(fails_bad_rows_and_serves_the_rest),
        STORE_TEST(fails_bad_rows_that_were_there_before),
        STORE_TEST(passes_by_rows_that_cannot_be_marked),
        STORE_TEST(marks_rows_whose_attempts_are_out_of_bounds),
        STORE_TEST(sets_a_used_up_sequence_back),
        STORE_TEST(tells_rows_whose_ids_were_out_of_bounds),
        STORE_TEST(loses_no_mark_when_it_is_killed),
        STORE_TEST(is_not_kept_busy_by_times_that_are_too_long),
        STORE_TEST(wonders_at_an_id_that_was_bound_as_a_floating_point_number),
        STORE_TEST(brings_nothing_again_where_the_clock_is_back_after_a_restart),
        STORE_TEST(deletes_nothing_at_once_when_the_clock_leaps_ahead),
        STORE_TEST(goes_back_with_a_clock_that_is_set_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
