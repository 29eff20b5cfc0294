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
    traffic_note(&traffic, 100);
    assert_int_equal(traffic_quiet_at(&traffic), 100);
    traffic_note(&traffic, 150);
    assert_int_equal(traffic_quiet_at(&traffic), 150);
}

static void is_quiet_some_time_after_commits_in_close_succession(void **state)
{
    struct traffic traffic;

    (void)state;
    traffic_init(&traffic);
    traffic_note(&traffic, 100);
    traffic_note(&traffic, 149);
    assert_int_equal(traffic_quiet_at(&traffic), 199);
    traffic_note(&traffic, 300);
    assert_int_equal(traffic_quiet_at(&traffic), 300);
}

static void what_waits_is_due_when_it_is_quiet(void **state)
{
    const struct traffic single = {.last = 1000, .before = 900}, close = {1000, 990};

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_quiet_at_first_and_after_a_single_commit),
        cmocka_unit_test(is_quiet_some_time_after_commits_in_close_succession),
        cmocka_unit_test(what_waits_is_due_when_it_is_quiet),
        cmocka_unit_test(what_waits_is_due_after_a_while_sooner_where_it_is_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
