#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/store/traffic.h"

static void is_quiet_at_first_and_after_a_single_commit(void **state)
{
    struct traffic traffic;

    (void)state;
    traffic_init(&traffic);
    assert_true(traffic_quiet_at(&traffic) < 0);
    traffic_note(&traffic, 100, 1);
    assert_int_equal(traffic_quiet_at(&traffic), 100);
    traffic_note(&traffic, 150, 1);
    assert_int_equal(traffic_quiet_at(&traffic), 150);
}

static void is_quiet_some_time_after_commits_in_close_succession(void **state)
{
    struct traffic traffic;

    (void)state;
    traffic_init(&traffic);
    traffic_note(&traffic, 100, 1);
    traffic_note(&traffic, 149, 1);
    assert_int_equal(traffic_quiet_at(&traffic), 199);
    traffic_note(&traffic, 300, 1);
    assert_int_equal(traffic_quiet_at(&traffic), 300);
}

static void what_waits_is_due_when_it_is_quiet(void **state)
{
    const struct traffic single = {.last = 1000, .before = 900},
                         close = {.last = 1000, .before = 990};

    (void)state;
    assert_int_equal(traffic_due_at(&single, 1001, 1), 1000);
    assert_int_equal(traffic_due_at(&close, 1001, 1), 1050);
}

static void what_waits_is_due_after_a_while_sooner_where_it_is_much(void **state)
{
    const struct traffic busy = {.last = 1100, .before = 1099};

    (void)state;
    assert_int_equal(traffic_due_at(&busy, 1001, 1), 1001 + TRAFFIC_GATHER_MS);
    assert_int_equal(traffic_due_at(&busy, 1001, TRAFFIC_MANY - 1), 1001 + TRAFFIC_GATHER_MS);
    assert_int_equal(traffic_due_at(&busy, 1001, TRAFFIC_MANY), 1001 + TRAFFIC_GATHER_MANY_MS);
    assert_int_equal(traffic_due_at(&busy, 1001, TRAFFIC_FULL), 1001);
}

/* A look each `pause` ms finds `commits` more. Returns when the last one was. */
static int64_t look_for_a_while(
    struct traffic *traffic, int64_t from, int64_t pause, int64_t commits)
{
    int64_t at = from;

    for (int looks = 0; looks < 100; looks++)
        traffic_note(traffic, at += pause, commits);
    return at;
}

static void is_dense_while_several_commits_a_millisecond_are_noticed(void **state)
{
    struct traffic traffic;
    int64_t at;

    (void)state;
    traffic_init(&traffic);
    at = look_for_a_while(&traffic, 100, 1, 2);
    assert_false(traffic_is_dense(&traffic, at));
    at = look_for_a_while(&traffic, at, 1, 5);
    assert_true(traffic_is_dense(&traffic, at));
    at = look_for_a_while(&traffic, at, 1, 1);
    assert_false(traffic_is_dense(&traffic, at));
}

static void many_commits_at_once_are_not_dense_before_more_follow(void **state)
{
    struct traffic traffic;

    (void)state;
    traffic_init(&traffic);
    traffic_note(&traffic, 5000, 1000);
    assert_false(traffic_is_dense(&traffic, 5000));
    traffic_note(&traffic, 9000, 1000);
    assert_false(traffic_is_dense(&traffic, 9000));
}

static void is_not_dense_as_soon_as_commits_stop(void **state)
{
    struct traffic traffic;
    int64_t at;

    (void)state;
    traffic_init(&traffic);
    at = look_for_a_while(&traffic, 100, 1, 10);
    assert_true(traffic_is_dense(&traffic, at + 1));
    assert_false(traffic_is_dense(&traffic, at + 2));
}

static void publishers_have_the_lock_to_themselves_for_a_while(void **state)
{
    struct traffic traffic = {.last = 1100, .before = 1099};

    (void)state;
    traffic_wrote(&traffic, 1000, 10);
    assert_in_range(traffic_due_at(&traffic, 900, TRAFFIC_FULL), 1030, 1049);
    assert_int_equal(traffic_due_at(&traffic, 900, TRAFFIC_TOO_MANY), 900);
    assert_int_equal(traffic_batch(&traffic, 1100, TRAFFIC_FULL), TRAFFIC_BATCH);
    assert_int_equal(traffic_batch(&traffic, 1100, TRAFFIC_TOO_MANY), TRAFFIC_FULL);
}

static void more_are_written_at_a_time_the_more_wait(void **state)
{
    const struct traffic traffic = {.last = 1100, .before = 1099};

    (void)state;
    assert_int_equal(traffic_batch(&traffic, 1100, 64 * TRAFFIC_BATCH), TRAFFIC_BATCH);
    assert_int_equal(traffic_batch(&traffic, 1100, 128 * TRAFFIC_BATCH), 2 * TRAFFIC_BATCH);
    assert_int_equal(traffic_batch(&traffic, 1100, 64 * TRAFFIC_FULL), TRAFFIC_FULL);
}

static void nor_does_a_slow_disk_keep_things_waiting_for_long(void **state)
{
    struct traffic traffic = {.last = 9000, .before = 8999};

    (void)state;
    traffic_wrote(&traffic, 6000, 5000);
    assert_int_equal(traffic_due_at(&traffic, 900, TRAFFIC_FULL), 7000);
}

static void nobody_else_is_waited_for_where_it_is_quiet(void **state)
{
    struct traffic traffic = {.last = 1000, .before = 900};

    (void)state;
    traffic_wrote(&traffic, 1010, 10);
    assert_int_equal(traffic_due_at(&traffic, 1005, TRAFFIC_FULL), 1000);
    assert_int_equal(traffic_batch(&traffic, 1011, TRAFFIC_FULL), TRAFFIC_FULL);
}

static void where_writers_do_not_wait_for_each_other_there_are_no_rests(void **state)
{
    struct traffic traffic = {.last = 1100, .before = 1099, .is_shared = true};

    (void)state;
    traffic_wrote(&traffic, 1000, 10);
    assert_int_equal(traffic_due_at(&traffic, 900, TRAFFIC_FULL), 900);
    assert_int_equal(traffic_batch(&traffic, 1100, TRAFFIC_BATCH + 1), TRAFFIC_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_quiet_at_first_and_after_a_single_commit),
        cmocka_unit_test(is_quiet_some_time_after_commits_in_close_succession),
        cmocka_unit_test(what_waits_is_due_when_it_is_quiet),
        cmocka_unit_test(what_waits_is_due_after_a_while_sooner_where_it_is_much),
        cmocka_unit_test(is_dense_while_several_commits_a_millisecond_are_noticed),
        cmocka_unit_test(many_commits_at_once_are_not_dense_before_more_follow),
        cmocka_unit_test(is_not_dense_as_soon_as_commits_stop),
        cmocka_unit_test(publishers_have_the_lock_to_themselves_for_a_while),
        cmocka_unit_test(more_are_written_at_a_time_the_more_wait),
        cmocka_unit_test(nor_does_a_slow_disk_keep_things_waiting_for_long),
        cmocka_unit_test(nobody_else_is_waited_for_where_it_is_quiet),
        cmocka_unit_test(where_writers_do_not_wait_for_each_other_there_are_no_rests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
