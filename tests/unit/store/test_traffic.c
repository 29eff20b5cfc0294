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
    traffic_note(&traffic, 110);
    assert_int_equal(traffic_quiet_at(&traffic), 110);
}

static void is_quiet_some_time_after_commits_in_quick_succession(void **state)
{
    struct traffic traffic;

    (void)state;
    traffic_init(&traffic);
    traffic_note(&traffic, 100);
    traffic_note(&traffic, 101);
    assert_in_range(traffic_quiet_at(&traffic), 102, 120);
    traffic_note(&traffic, 300);
    assert_int_equal(traffic_quiet_at(&traffic), 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_quiet_at_first_and_after_a_single_commit),
        cmocka_unit_test(is_quiet_some_time_after_commits_in_quick_succession),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
