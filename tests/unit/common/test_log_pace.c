#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log_pace.h"

struct fixture {
    int64_t now;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    struct log_pace pace;
    int read_end;
    char text[65536];
};

static int64_t now_of(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    int ends[2];

    if (!fixture || pipe(ends) < 0)
        return -1;
    fixture->now = 1795375140123;
    fixture->clock = (struct clock){now_of, now_of, &fixture->now};
    fixture->read_end = ends[0];
    log_sink_init(&fixture->sink, ends[1], LOG_TEXT, LOG_INFO, &fixture->clock, "test");
    fixture->log = logger_root(&fixture->sink);
    fixture->pace.each = 1;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    close(fixture->read_end);
    close(fixture->sink.fd);
    free(fixture);
    return 0;
}

/* The number of lines logged since the last call; the lines are in `text`. */
static int lines(struct fixture *fixture)
{
    int count = 0;
    ssize_t len;

    log_info(&fixture->log, "end");
    len = read(fixture->read_end, fixture->text, sizeof(fixture->text) - 1);
    fixture->text[len > 0 ? len : 0] = '\0';
    for (const char *at = fixture->text; (at = strchr(at, '\n')); at++)
        count++;
    return count - 1;
}

static void say(struct fixture *fixture, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        log_paced(&fixture->log, LOG_INFO, &fixture->pace, "%s", text);
}

static void writes_the_same_once_a_minute_and_says_how_often_it_was(void **state)
{
    struct fixture *fixture = *state;

    say(fixture, "refused", 240);
    assert_int_equal(lines(fixture), 1);
    fixture->now += LOG_PACE_MS - 1;
    say(fixture, "refused", 1);
    assert_int_equal(lines(fixture), 0);
    fixture->now += 1;
    say(fixture, "refused", 2);
    assert_int_equal(lines(fixture), 1);
    assert_non_null(strstr(fixture->text, "refused (and 240 times more before)"));
}

static void writes_it_as_often_as_it_may(void **state)
{
    struct fixture *fixture = *state;

    fixture->pace.each = 10;
    say(fixture, "refused", 240);
    assert_int_equal(lines(fixture), 10);
}

static void sentences_that_differ_do_not_keep_each_other_out(void **state)
{
    struct fixture *fixture = *state;

    say(fixture, "one", 5);
    say(fixture, "another", 5);
    assert_int_equal(lines(fixture), 2);
}

static void a_flood_of_sentences_has_an_end(void **state)
{
    struct fixture *fixture = *state;
    char text[32];

    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "refused %d", i);
        say(fixture, text, 1);
    }
    assert_int_equal(lines(fixture), LOG_PACE_SENTENCES);
    fixture->now += LOG_PACE_MS;
    say(fixture, "something new", 1);
    assert_int_equal(lines(fixture), 1);
}

static void a_clock_that_goes_back_keeps_nothing_out(void **state)
{
    struct fixture *fixture = *state;

    say(fixture, "refused", 1);
    fixture->now -= 3600000;
    say(fixture, "refused", 1);
    assert_int_equal(lines(fixture), 2);
}

static void what_is_not_logged_is_not_counted(void **state)
{
    struct fixture *fixture = *state;

    log_paced(&fixture->log, LOG_DEBUG, &fixture->pace, "refused");
    say(fixture, "refused", 1);
    assert_int_equal(lines(fixture), 1);
}

#define PACE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PACE_TEST(writes_the_same_once_a_minute_and_says_how_often_it_was),
        PACE_TEST(writes_it_as_often_as_it_may),
        PACE_TEST(sentences_that_differ_do_not_keep_each_other_out),
        PACE_TEST(a_flood_of_sentences_has_an_end),
        PACE_TEST(a_clock_that_goes_back_keeps_nothing_out),
        PACE_TEST(what_is_not_logged_is_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
