#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/trail.h"

static void covers_what_was_passed_a_moment_ago(void **state)
{
    struct trail trail = {0};

    (void)state;
    for (int64_t step = 0; step <= 60; step++) {
        int64_t now = 10000 + step * 100, passed = 1000 + step * 10;

        trail_note(&trail, passed, now);
        if (step >= 10)
            assert_true(trail_covers(&trail, passed - 99, now + 10));
        if (step >= 30)
            assert_false(trail_covers(&trail, passed - 310, now + 10));
    }
}

static void covers_nothing_once_the_scan_has_rested(void **state)
{
    struct trail trail = {0};

    (void)state;
    trail_note(&trail, 100, 10000);
    assert_false(trail_covers(&trail, 100, 10001));
    assert_true(trail_covers(&trail, 101, 10000 + TRAIL_MS));
    assert_false(trail_covers(&trail, 101, 10000 + 2 * TRAIL_MS));
    trail_note(&trail, 500, 90000);
    assert_false(trail_covers(&trail, 300, 90001));
}

static void a_scan_that_goes_back_is_covered_from_there(void **state)
{
    struct trail trail = {0};

    (void)state;
    trail_note(&trail, 100, 10000);
    trail_note(&trail, 0, 10100);
    assert_true(trail_covers(&trail, 1, 10200));
    trail_note(&trail, 200, 10000 + TRAIL_MS);
    assert_true(trail_covers(&trail, 1, 10001 + TRAIL_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(covers_what_was_passed_a_moment_ago),
        cmocka_unit_test(covers_nothing_once_the_scan_has_rested),
        cmocka_unit_test(a_scan_that_goes_back_is_covered_from_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
