#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/realtime/rate.h"

static const struct rate_limit limit = {.each_second = 50, .burst = 100};

static int taken(struct rate *rate, int tries, int64_t now)
{
    int count = 0;

    for (int i = 0; i < tries; i++)
        count += rate_take(rate, &limit, now) == RATE_TAKEN;
    return count;
}

static void lets_a_burst_through_and_no_more(void **state)
{
    struct rate rate = {0};

    (void)state;
    assert_int_equal(taken(&rate, 150, 5000), 100);
}

static void refills_with_time(void **state)
{
    struct rate rate = {0};

    (void)state;
    taken(&rate, 100, 5000);
    assert_int_equal(taken(&rate, 1, 5019), 0);
    assert_int_equal(taken(&rate, 10, 5020), 1);
    assert_int_equal(taken(&rate, 100, 6020), 50);
}

static void holds_no_more_than_a_burst_however_long_it_rests(void **state)
{
    struct rate rate = {0};

    (void)state;
    taken(&rate, 1, 1);
    assert_int_equal(taken(&rate, 200, 100LL * 365 * 86400 * 1000), 100);
}

static void survives_a_clock_that_stands_or_goes_back(void **state)
{
    struct rate rate = {0};

    (void)state;
    taken(&rate, 100, 5000);
    assert_int_equal(taken(&rate, 1, 4000), 0);
    assert_int_equal(taken(&rate, 1, 4000), 0);
}

static void owes_nothing_of_an_earlier_limit(void **state)
{
    static const struct rate_limit earlier = {.each_second = 1, .burst = 60};
    struct rate rate = {0};

    (void)state;
    for (int i = 0; i < 60; i++)
        assert_int_equal(rate_take(&rate, &earlier, 5000), RATE_TAKEN);
    assert_int_equal(taken(&rate, 1, 5000), 0);
    assert_int_equal(taken(&rate, 10, 5020), 1);
    assert_int_equal(taken(&rate, 100, 6020), 50);
}

static void calls_a_thousand_refusals_in_ten_seconds_a_flood(void **state)
{
    struct rate rate = {0};
    int refused = 0;

    (void)state;
    taken(&rate, 100, 5000);
    while (rate_take(&rate, &limit, 5000) == RATE_REFUSED)
        refused++;
    assert_int_equal(refused, RATE_FLOOD_REFUSALS - 1);
}

static void forgets_refusals_of_long_ago(void **state)
{
    struct rate rate = {0};
    int64_t now = 5000;

    (void)state;
    /* Never empty for long: 99 refusals each second are 990 in ten. */
    for (int second = 0; second < 60; second++, now += 1000) {
        taken(&rate, 100, now);
        for (int i = 0; i < 40; i++)
            assert_int_not_equal(rate_take(&rate, &limit, now), RATE_FLOOD);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lets_a_burst_through_and_no_more),
        cmocka_unit_test(refills_with_time),
        cmocka_unit_test(holds_no_more_than_a_burst_however_long_it_rests),
        cmocka_unit_test(survives_a_clock_that_stands_or_goes_back),
        cmocka_unit_test(owes_nothing_of_an_earlier_limit),
        cmocka_unit_test(calls_a_thousand_refusals_in_ten_seconds_a_flood),
        cmocka_unit_test(forgets_refusals_of_long_ago),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
