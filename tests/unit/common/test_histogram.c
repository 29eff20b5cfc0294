#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/histogram.h"

static uint64_t noted(const struct histogram *histogram)
{
    struct histogram_copy copy = histogram_copy(histogram);
    uint64_t count = 0;

    for (int i = 0; i <= HISTOGRAM_BOUNDS; i++)
        count += copy.counts[i];
    return count;
}

/* A bound belongs to its bucket, as Prometheus' `le` says: less or equal. */
static void a_value_is_in_the_first_bucket_whose_bound_it_does_not_exceed(void **state)
{
    struct histogram histogram = {.sum_us = 0};

    (void)state;
    for (int i = 0; i < HISTOGRAM_BOUNDS; i++) {
        histogram_note_us(&histogram, histogram_bounds[i].us);
        assert_int_equal(histogram_copy(&histogram).counts[i], i > 0 ? 2 : 1);
        histogram_note_us(&histogram, histogram_bounds[i].us + 1);
        assert_int_equal(histogram_copy(&histogram).counts[i + 1], 1);
    }
    assert_int_equal(noted(&histogram), 2 * HISTOGRAM_BOUNDS);
}

static void sums_up_what_it_was_told(void **state)
{
    struct histogram histogram = {.sum_us = 0};

    (void)state;
    histogram_note_us(&histogram, 300);
    histogram_note_us(&histogram, -5);
    histogram_note_us(&histogram, INT64_C(3600000000));
    assert_int_equal(histogram_copy(&histogram).sum_us, 3600000300);
    assert_int_equal(histogram_copy(&histogram).counts[0], 1);
    assert_int_equal(histogram_copy(&histogram).counts[HISTOGRAM_BOUNDS], 1);
}

/* A clock of milliseconds that shows the same twice: less than one has passed. */
static void whole_milliseconds_are_not_said_to_be_less(void **state)
{
    struct histogram histogram = {.sum_us = 0};
    struct histogram_copy copy;

    (void)state;
    histogram_note_ms(&histogram, 0);
    histogram_note_ms(&histogram, -3);
    histogram_note_ms(&histogram, 1);
    copy = histogram_copy(&histogram);
    assert_int_equal(histogram_bounds[3].us, 1000);
    assert_int_equal(copy.counts[3], 2);
    assert_int_equal(copy.counts[4], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_in_the_first_bucket_whose_bound_it_does_not_exceed),
        cmocka_unit_test(sums_up_what_it_was_told),
        cmocka_unit_test(whole_milliseconds_are_not_said_to_be_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
