#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/delivery_times.h"

#define FAR 1700000000000

static int64_t now, asked;

static int64_t wall_ms(const struct clock *clock)
{
    (void)clock;
    asked++;
    return FAR + now;
}

static int64_t steady_ms(const struct clock *clock)
{
    (void)clock;
    return now;
}

static const struct clock set_clock = {wall_ms, steady_ms, NULL};

static void asks_the_clock_once_for_rows_that_are_sent_together(void **state)
{
    struct delivery_times times = {.rows = 0};

    (void)state;
    now = 5;
    for (int row = 0; row < 64; row++)
        delivery_times_take(&times, &set_clock);
    assert_int_equal(asked, 1);
    assert_int_equal(times.wall, FAR + 5);
    assert_int_equal(times.steady, 5);
    now = 8;
    delivery_times_take(&times, &set_clock);
    assert_int_equal(times.steady, 8);
    now = 9;
    delivery_times_end(&times);
    delivery_times_take(&times, &set_clock);
    assert_int_equal(times.steady, 9);
    assert_int_equal(asked, 3);
}

/* The sum has whole milliseconds, and one for that which has begun. */
static void tells_how_long_ago_although_half_of_the_time_is_kept(void **state)
{
    struct delivery_times times = {.rows = 0};
    const uint32_t sent_at[] = {UINT32_MAX - 2, UINT32_MAX};
    struct histogram_copy copy;
    uint64_t count = 0;

    (void)state;
    now = (INT64_C(1) << 32) + 7;
    delivery_times_note_confirmed(&times, &set_clock, sent_at, 2);
    copy = histogram_copy(&times.confirm);
    for (unsigned bucket = 0; bucket <= HISTOGRAM_BOUNDS; bucket++)
        count += copy.counts[bucket];
    assert_int_equal(count, 2);
    assert_in_range(copy.sum_us, 18000, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_the_clock_once_for_rows_that_are_sent_together),
        cmocka_unit_test(tells_how_long_ago_although_half_of_the_time_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
