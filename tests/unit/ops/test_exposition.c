#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/ops/exposition.h"

static void expect_text(struct buf *out, const char *text)
{
    assert_string_equal(out->data, text);
    buf_release(out);
}

static struct buf empty(void)
{
    struct buf out;

    buf_init(&out, 1 << 16);
    return out;
}

static void escapes_what_the_format_wants_escaped(void **state)
{
    const struct exposition_label labels[] = {
        {"path", "C:\\a \"b\"\nc"}, {"other", ""}, {NULL, NULL}};
    struct buf out = empty();

    (void)state;
    exposition_begin(&out, "x_total", "counter", "A \"back\\slash\"\nand a line.");
    exposition_sample(&out, "x_total", labels, -7);
    expect_text(&out, "# HELP belfry_x_total A \"back\\\\slash\"\\nand a line.\n"
                      "# TYPE belfry_x_total counter\n"
                      "belfry_x_total{path=\"C:\\\\a \\\"b\\\"\\nc\",other=\"\"} -7\n");
}

static void tells_milliseconds_in_seconds(void **state)
{
    struct buf out = empty();

    (void)state;
    exposition_sample_ms(&out, "x_seconds", 12034);
    exposition_sample_ms(&out, "x_seconds", 5);
    expect_text(&out, "belfry_x_seconds 12.034\nbelfry_x_seconds 0.005\n");
}

/* Each bucket holds those before it, too, and the last one all. */
static void a_histogram_is_cumulative(void **state)
{
    const struct exposition_label labels[] = {{"stage", "send"}, {NULL, NULL}};
    const struct histogram_copy histogram = {
        .counts = {1, 2, [HISTOGRAM_BOUNDS - 1] = 3, [HISTOGRAM_BOUNDS] = 4}, .sum_us = 61000042};
    struct buf out = empty();

    (void)state;
    exposition_histogram(&out, "x_seconds", labels, &histogram);
    assert_ptr_equal(strstr(out.data, "belfry_x_seconds_bucket{stage=\"send\",le=\"0.0001\"} 1\n"
                                      "belfry_x_seconds_bucket{stage=\"send\",le=\"0.00025\"} 3\n"
                                      "belfry_x_seconds_bucket{stage=\"send\",le=\"0.0005\"} 3\n"),
        out.data);
    assert_non_null(strstr(out.data, "{stage=\"send\",le=\"30\"} 3\n"
                                     "belfry_x_seconds_bucket{stage=\"send\",le=\"60\"} 6\n"
                                     "belfry_x_seconds_bucket{stage=\"send\",le=\"+Inf\"} 10\n"
                                     "belfry_x_seconds_sum{stage=\"send\"} 61.000042\n"
                                     "belfry_x_seconds_count{stage=\"send\"} 10\n"));
    buf_release(&out);
}

static void without_labels_only_the_buckets_have_braces(void **state)
{
    const struct histogram_copy histogram = {.sum_us = 0};
    struct buf out = empty();

    (void)state;
    exposition_histogram(&out, "x_seconds", NULL, &histogram);
    assert_non_null(strstr(out.data, "belfry_x_seconds_bucket{le=\"+Inf\"} 0\n"
                                     "belfry_x_seconds_sum 0.000000\nbelfry_x_seconds_count 0\n"));
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_what_the_format_wants_escaped),
        cmocka_unit_test(tells_milliseconds_in_seconds),
        cmocka_unit_test(a_histogram_is_cumulative),
        cmocka_unit_test(without_labels_only_the_buckets_have_braces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
