#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "bench/load/histogram.h"
#include "common/memory.h"

static int make(void **state)
{
    *state = mem_zalloc(sizeof(struct histogram));
    return 0;
}

static int release(void **state)
{
    free(*state);
    return 0;
}

static void has_no_percentiles_before_anything_is_recorded(void **state)
{
    assert_int_equal(histogram_percentile(*state, 0.5), 0);
    assert_int_equal(histogram_percentile(*state, 1), 0);
}

static void is_exact_for_small_values(void **state)
{
    struct histogram *histogram = *state;

    for (int64_t i = 1; i <= 1000; i++)
        histogram_record(histogram, i);
    assert_int_equal(histogram_percentile(histogram, 0.5), 500);
    assert_int_equal(histogram_percentile(histogram, 0.99), 990);
    assert_int_equal(histogram_percentile(histogram, 0.999), 999);
    assert_int_equal(histogram_percentile(histogram, 1), 1000);
    assert_int_equal(histogram->min, 1);
    assert_int_equal(histogram->max, 1000);
    assert_int_equal(histogram->count, 1000);
}

/* Every value, alone, is named to 1/1024; the largest is exact. */
static void is_right_to_a_thousandth_for_large_values(void **state)
{
    struct histogram *histogram = *state;

    for (int64_t value = 1; value < INT64_C(1) << 40; value += value / 7 + 1) {
        int64_t told;

        histogram_clear(histogram);
        histogram_record(histogram, value);
        histogram_record(histogram, INT64_C(1) << 41);
        told = histogram_percentile(histogram, 0.5);
        assert_true(told >= value);
        assert_true(told - value <= value / 1024);
    }
}

static void counts_what_is_too_long_and_what_is_negative(void **state)
{
    struct histogram *histogram = *state;

    histogram_record(histogram, -5);
    histogram_record(histogram, INT64_MAX);
    assert_int_equal(histogram->count, 2);
    assert_int_equal(histogram->min, 0);
    assert_int_equal(histogram_percentile(histogram, 0.5), 0);
    assert_int_equal(histogram->max, INT64_MAX);
}

static void merges_as_if_all_were_recorded_in_one(void **state)
{
    struct histogram *histogram = *state, *other = mem_zalloc(sizeof(*other));

    histogram_merge(histogram, other);
    assert_int_equal(histogram->count, 0);
    for (int64_t i = 1; i <= 100; i++)
        histogram_record(i % 2 ? histogram : other, i * 1000000);
    histogram_merge(histogram, other);
    assert_int_equal(histogram->count, 100);
    assert_int_equal(histogram->min, 1000000);
    assert_int_equal(histogram->max, 100000000);
    assert_true(histogram_percentile(histogram, 0.5) >= 50000000);
    assert_true(histogram_percentile(histogram, 0.5) <= 50050000);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            has_no_percentiles_before_anything_is_recorded, make, release),
        cmocka_unit_test_setup_teardown(is_exact_for_small_values, make, release),
        cmocka_unit_test_setup_teardown(is_right_to_a_thousandth_for_large_values, make, release),
        cmocka_unit_test_setup_teardown(
            counts_what_is_too_long_and_what_is_negative, make, release),
        cmocka_unit_test_setup_teardown(merges_as_if_all_were_recorded_in_one, make, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
