#include "tests/unit/files.h"

#include "admin/moment.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_people_write_them),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(durations_have_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
