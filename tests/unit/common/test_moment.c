#include "tests/unit/files.h"

#include "common/moment.h"

#define NOW 1795375140123 /* 2026-11-22T19:19:00.123Z */

static void times_are_read_as_people_write_them(void **state)
{
    static const struct {
        const char *text, *iso;
    } cases[] = {
        {"now", "2026-11-22T19:19:00.123Z"},
        {"+1", "2026-11-22T19:19:01.123Z"},
        {"+90s", "2026-11-22T19:20:30.123Z"},
        {"+10m", "2026-11-22T19:29:00.123Z"},
        {"+12h", "2026-11-23T07:19:00.123Z"},
        {"+7d", "2026-11-29T19:19:00.123Z"},
        {"2026-11-22T19:19:00.123Z", "2026-11-22T19:19:00.123Z"},
        {"2026-11-22 19:19:00", "2026-11-22T19:19:00.000Z"},
        {"2026-11-22T20:19:00+01:00", "2026-11-22T19:19:00.000Z"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char iso[CLOCK_ISO_SIZE];
        struct reason why;
        if (moment_read(cases[i].text, NOW, iso, &why) < 0)
            fail_msg("%s", why.text);
        assert_string_equal(iso, cases[i].iso);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    static const char *const texts[] = {"", "tomorrow", "+", "+x", "+-1m", "+1w", "+1m2", "+ 1m",
        "2026-02-30T00:00:00Z", "2026-11-22T25:00:00Z", "1795375140", "+99999999999999999999s",
        "+4000d", "now "};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char iso[CLOCK_ISO_SIZE];
        struct reason why;
        if (moment_read(texts[i], NOW, iso, &why) == 0)
            fail_msg("\"%s\" became %s", texts[i], iso);
    }
}

static void durations_have_bounds(void **state)
{
    int64_t seconds;

    (void)state;
    assert_int_equal(duration_read("1", &seconds, NULL), 0);
    assert_int_equal(seconds, 1);
    assert_int_equal(duration_read("3650d", &seconds, NULL), 0);
    assert_int_equal(seconds, INT64_C(3650) * 86400);
    assert_int_equal(duration_read("3651d", &seconds, NULL), -1);
    assert_int_equal(duration_read("0", &seconds, NULL), -1);
    assert_int_equal(duration_read("-1", &seconds, NULL), -1);
    assert_int_equal(duration_read("", &seconds, NULL), -1);
}

static void durations_are_told_in_the_unit_that_says_most(void **state)
{
    static const struct {
        int64_t ms;
        const char *words;
    } cases[] = {{0, "0 ms"}, {999, "999 ms"}, {1000, "1 second"}, {119999, "119 seconds"},
        {120000, "2 minutes"}, {7200000, "2 hours"}, {259199999, "71 hours"}, {259200000, "3 days"},
        {INT64_MAX, "106751991167 days"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char words[DURATION_WORDS_SIZE];
        assert_string_equal(duration_words(cases[i].ms, words), cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(durations_have_bounds),
        cmocka_unit_test(durations_are_told_in_the_unit_that_says_most),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
