#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build-config.h"
#include "common/clock.h"

static void assert_iso(int64_t ms, const char *expected)
{
    char text[CLOCK_ISO_SIZE];

    assert_string_equal(clock_iso(ms, text), expected);
}

static void writes_iso_8601(void **state)
{
    (void)state;
    assert_iso(0, "1970-01-01T00:00:00.000Z");
    assert_iso(1795375140123, "2026-11-22T19:19:00.123Z");
    assert_iso(951782400000, "2000-02-29T00:00:00.000Z");
    assert_iso(-1, "1969-12-31T23:59:59.999Z");
    assert_iso(-1000, "1969-12-31T23:59:59.000Z");
}

static void clamps_years_that_four_digits_cannot_hold(void **state)
{
    (void)state;
    assert_iso(INT64_MAX, "9999-12-31T23:59:59.999Z");
    assert_iso(253402300800000, "9999-12-31T23:59:59.999Z");
    assert_iso(INT64_MIN, "0000-01-01T00:00:00.000Z");
}

static void assert_parsed(const char *text, int64_t expected)
{
    int64_t ms = -1;

    assert_int_equal(clock_parse_iso(text, &ms), 0);
    assert_int_equal(ms, expected);
}

static void reads_what_tables_and_people_write(void **state)
{
    (void)state;
    assert_parsed("2026-11-22T19:19:00.123Z", 1795375140123);
    assert_parsed("2026-11-22T19:19:00Z", 1795375140000);
    assert_parsed("2026-11-22 19:19:00", 1795375140000);
    assert_parsed("2026-11-22 19:19:00.5", 1795375140500);
    assert_parsed("2026-11-22T20:19:00.123456789+01:00", 1795375140123);
    assert_parsed("2026-11-22T13:49:00-05:30", 1795375140000);
    assert_parsed("2000-02-29T00:00:00Z", 951782400000);
    assert_parsed("1969-12-31T23:59:59.999Z", -1);
    assert_parsed("0000-01-01T00:00:00Z", -62167219200000);
}

static void refuses_what_is_no_time(void **state)
{
    static const char *const texts[] = {
        "",
        "2026",
        "2026-11-22",
        "2026-11-22T19:19",
        "2026-11-22T19:19:00.",
        "26-11-22T19:19:00Z",
        "2026-13-22T19:19:00Z",
        "2026-00-22T19:19:00Z",
        "2026-11-31T19:19:00Z",
        "2026-11-00T19:19:00Z",
        "2025-02-29T19:19:00Z",
        "1900-02-29T19:19:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T19:60:00Z",
        "2026-11-22T19:19:60Z",
        "2026-11-22T19:19:00.1234567890Z",
        "2026-11-22T19:19:00+0100",
        "2026-11-22T19:19:00+24:00",
        "2026-11-22T19:19:00Zx",
        "2026-11-22T19:19:00Z ",
        " 2026-11-22T19:19:00Z",
        "2026-11-22t19:19:00Z",
        "+026-11-22T19:19:00Z",
        "2026-1a-22T19:19:00Z",
        "now",
    };
    int64_t ms = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(clock_parse_iso(texts[i], &ms), -1);
    assert_int_equal(ms, 7);
}

static void reads_back_what_it_wrote(void **state)
{
    char text[CLOCK_ISO_SIZE];
    int64_t ms;

    (void)state;
    for (int64_t time = -62167219200000; time < 253402300800000; time += 86399999 * 97ll) {
        assert_int_equal(clock_parse_iso(clock_iso(time, text), &ms), 0);
        assert_int_equal(ms, time);
    }
}

static void tells_the_time_of_the_system(void **state)
{
    struct clock clock = clock_system();
    int64_t before = clock_steady_ms(&clock);

    (void)state;
    assert_true(clock_wall_ms(&clock) > 1600000000000);
    assert_true(clock_wall_seconds(&clock) > 1600000000);
    assert_true(clock_steady_ms(&clock) >= before);
    assert_true(clock_steady_us(&clock) / 1000 >= before);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

#ifdef TEST_CLOCK
#define FOLLOWED 1
#else
#define FOLLOWED 0
#endif

/* Only in a build for tests: in others the variable has no effect. */
static void follows_the_file_that_tests_write(void **state)
{
    char folder[] = "/tmp/test_clock_XXXXXX";
    char path[64];
    struct clock real = clock_system();
    struct clock moved;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/clock", folder);
    setenv("BELFRY_TEST_CLOCK", path, 1);
    moved = clock_system();
    assert_true(llabs(clock_wall_ms(&moved) - clock_wall_ms(&real)) < 60000);
    write_file(path, "3600000\n");
    assert_true(llabs(clock_wall_ms(&moved) - clock_wall_ms(&real) - FOLLOWED * 3600000) < 60000);
    write_file(path, "-7200000");
    assert_true(llabs(clock_wall_ms(&moved) - clock_wall_ms(&real) + FOLLOWED * 7200000) < 60000);
    assert_true(llabs(clock_steady_ms(&moved) - clock_steady_ms(&real)) < 60000);
    unlink(path);
    assert_true(llabs(clock_wall_ms(&moved) - clock_wall_ms(&real)) < 60000);
    rmdir(folder);
    unsetenv("BELFRY_TEST_CLOCK");
}

static int64_t fixed_ms(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static void rounds_seconds_down(void **state)
{
    int64_t now = 1999;
    struct clock clock = {.wall_ms = fixed_ms, .steady_ms = fixed_ms, .context = &now};

    (void)state;
    assert_int_equal(clock_wall_seconds(&clock), 1);
    now = -1;
    assert_int_equal(clock_wall_seconds(&clock), -1);
    now = -1000;
    assert_int_equal(clock_wall_seconds(&clock), -1);
    assert_int_equal(clock_steady_ms(&clock), -1000);
    assert_int_equal(clock_steady_us(&clock), -1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_iso_8601),
        cmocka_unit_test(clamps_years_that_four_digits_cannot_hold),
        cmocka_unit_test(reads_what_tables_and_people_write),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(reads_back_what_it_wrote),
        cmocka_unit_test(tells_the_time_of_the_system),
        cmocka_unit_test(follows_the_file_that_tests_write),
        cmocka_unit_test(rounds_seconds_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
