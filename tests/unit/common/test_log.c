#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

static int64_t fixed_ms(const struct clock *clock)
{
    (void)clock;
    return 1795375140123;
}

static const struct clock stopped = {.wall_ms = fixed_ms, .steady_ms = fixed_ms};

struct fixture {
    int read_end;
    struct log_sink sink;
    struct logger root;
    char line[8192];
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    int ends[2];

    if (!fixture || pipe(ends) < 0)
        return -1;
    unsetenv("JOURNAL_STREAM");
    fixture->read_end = ends[0];
    log_sink_init(&fixture->sink, ends[1], LOG_TEXT, LOG_INFO, &stopped, "test");
    fixture->root = logger_root(&fixture->sink);
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

/* A read returns what one write wrote, since nothing else is in the pipe. */
static const char *take_line(struct fixture *fixture)
{
    ssize_t got = read(fixture->read_end, fixture->line, sizeof(fixture->line) - 1);

    assert_true(got > 0);
    fixture->line[got] = '\0';
    return fixture->line;
}

static void writes_text_for_people(void **state)
{
    struct fixture *fixture = *state;
    struct logger conn = logger_with(&fixture->root, "conn", "17");

    log_info(&conn, "token refused: %s", "expired");
    assert_string_equal(
        take_line(fixture), "2026-11-22T19:19:00.123Z info  conn=17 token refused: expired\n");
    log_error(&fixture->root, "gone");
    assert_string_equal(take_line(fixture), "2026-11-22T19:19:00.123Z error gone\n");
}

static void puts_the_most_general_field_first(void **state)
{
    struct fixture *fixture = *state;
    struct logger conn = logger_with(&fixture->root, "conn", "17");
    struct logger user = logger_with(&conn, "user", "ann b");
    struct logger empty = logger_with(&user, "topic", NULL);

    log_warn(&empty, "hm");
    assert_string_equal(take_line(fixture),
        "2026-11-22T19:19:00.123Z warn  conn=17 user=\"ann b\" topic=\"\" hm\n");
}

static void writes_logfmt(void **state)
{
    struct fixture *fixture = *state;
    struct logger conn = logger_with(&fixture->root, "conn", "a=b");
    struct logger user = logger_with(&conn, "user", "\xc3\xa9");

    fixture->sink.format = LOG_LOGFMT;
    log_info(&user, "a \"b\" c:\\\n");
    assert_string_equal(take_line(fixture),
        "time=2026-11-22T19:19:00.123Z level=info program=test conn=\"a=b\" user=\xc3\xa9 "
        "msg=\"a \\\"b\\\" c:\\\\\\x0a\"\n");
    log_info(&fixture->root, "a\n");
    assert_string_equal(take_line(fixture),
        "time=2026-11-22T19:19:00.123Z level=info program=test msg=\"a\\x0a\"\n");
    log_info(&fixture->root, "done");
    assert_string_equal(
        take_line(fixture), "time=2026-11-22T19:19:00.123Z level=info program=test msg=done\n");
}

static void writes_json(void **state)
{
    struct fixture *fixture = *state;
    struct logger conn = logger_with(&fixture->root, "conn", "1\"7");

    fixture->sink.format = LOG_JSON;
    log_error(&conn, "a\n\"b\"\xff");
    assert_string_equal(take_line(fixture),
        "{\"time\":\"2026-11-22T19:19:00.123Z\",\"level\":\"error\",\"program\":\"test\","
        "\"conn\":\"1\\\"7\",\"msg\":\"a\\n\\\"b\\\"\xef\xbf\xbd\"}\n");
}

static void shows_no_character_that_hides_or_turns_others(void **state)
{
    static const enum log_format formats[] = {LOG_TEXT, LOG_LOGFMT, LOG_JSON};
    struct fixture *fixture = *state;
    struct logger conn = logger_with(&fixture->root, "user", "a\xe2\x80\xae\xc2\x9b");

    for (size_t i = 0; i < 3; i++) {
        const char *line;
        fixture->sink.format = formats[i];
        log_info(&conn, "b\xe2\x81\xa6\xc2\x85");
        line = take_line(fixture);
        assert_null(strstr(line, "\xe2\x80\xae"));
        assert_null(strstr(line, "\xe2\x81\xa6"));
        assert_null(strchr(line, '\xc2'));
    }
}

static void lets_no_value_forge_a_line(void **state)
{
    static const enum log_format formats[] = {LOG_TEXT, LOG_LOGFMT, LOG_JSON};
    struct fixture *fixture = *state;
    struct logger conn = logger_with(&fixture->root, "user", "x\r\n\x1b[2Jforged\x7f\xc2\x85");

    for (size_t i = 0; i < 3; i++) {
        const char *line;
        fixture->sink.format = formats[i];
        log_info(&conn, "y\r\n\x1b[2Jforged");
        line = take_line(fixture);
        assert_int_equal(strcspn(line, "\r\n\x1b\x7f"), strlen(line) - 1);
    }
}

static void keeps_to_one_write_of_4096_octets(void **state)
{
    static const enum log_format formats[] = {LOG_TEXT, LOG_LOGFMT, LOG_JSON};
    static const char *const fillings[] = {"a", "\n", "\"", "\xc3\xa9", "\x01"};
    struct fixture *fixture = *state;
    static char value[5001], message[5001];

    for (size_t i = 0; i < 15; i++) {
        const char *filling = fillings[i % 5];
        struct logger one = logger_with(&fixture->root, "one", value);
        struct logger two = logger_with(&one, "two", "behind");
        size_t len;
        value[0] = message[0] = '\0';
        for (size_t at = 0; at + strlen(filling) < sizeof(value); at += strlen(filling)) {
            strcpy(value + at, filling);
            strcpy(message + at, filling);
        }
        fixture->sink.format = formats[i / 5];
        log_info(&two, "%s", message);
        len = strlen(take_line(fixture));
        assert_true(len <= 4096 && len > 3000);
        assert_int_equal(fixture->line[len - 1], '\n');
        assert_non_null(strstr(fixture->line, "…"));
        if (fixture->sink.format == LOG_JSON) {
            json_t *object = json_loadb(fixture->line, len, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(object);
            assert_true(json_string_length(json_object_get(object, "msg")) > 100);
            json_decref(object);
        }
    }
}

static void leaves_out_what_is_below_its_level(void **state)
{
    struct fixture *fixture = *state;

    assert_true(log_enabled(&fixture->root, LOG_INFO));
    assert_false(log_enabled(&fixture->root, LOG_DEBUG));
    log_debug(&fixture->root, "unheard");
    log_info(&fixture->root, "heard");
    assert_null(strstr(take_line(fixture), "unheard"));
    fixture->sink.level = LOG_ERROR;
    assert_false(log_enabled(&fixture->root, LOG_WARN));
}

static void leaves_errno_alone(void **state)
{
    struct fixture *fixture = *state;
    struct log_sink closed = fixture->sink;
    struct logger nowhere = logger_root(&closed);

    closed.fd = -1;
    errno = ENOENT;
    log_info(&nowhere, "lost");
    assert_int_equal(errno, ENOENT);
}

static void leaves_the_time_to_the_journal(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;
    char stream[64];
    struct logger root, conn;

    fstat(fixture->sink.fd, &status);
    snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_sink_init(&fixture->sink, fixture->sink.fd, LOG_TEXT, LOG_INFO, &stopped, "test");
    assert_true(fixture->sink.journal);
    root = logger_root(&fixture->sink);
    conn = logger_with(&root, "conn", "17");
    log_warn(&root, "hm");
    assert_string_equal(take_line(fixture), "<4>hm\n");
    log_info(&conn, "ah");
    assert_string_equal(take_line(fixture), "<6>conn=17 ah\n");
    setenv("JOURNAL_STREAM", "0:0", 1);
    log_sink_init(&fixture->sink, fixture->sink.fd, LOG_TEXT, LOG_INFO, &stopped, "test");
    assert_false(fixture->sink.journal);
}

static void knows_levels_and_formats_by_name(void **state)
{
    enum log_level level = LOG_ERROR;
    enum log_format format = LOG_TEXT;

    (void)state;
    assert_int_equal(log_level_parse("debug", &level), 0);
    assert_int_equal(level, LOG_DEBUG);
    assert_string_equal(log_level_name(level), "debug");
    assert_int_equal(log_level_parse("Debug", &level), -1);
    assert_int_equal(log_level_parse("", &level), -1);
    assert_int_equal(log_format_parse("json", &format), 0);
    assert_int_equal(format, LOG_JSON);
    assert_string_equal(log_format_name(format), "json");
    assert_int_equal(log_format_parse("xml", &format), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(writes_text_for_people),
        TEST(puts_the_most_general_field_first),
        TEST(writes_logfmt),
        TEST(writes_json),
        TEST(shows_no_character_that_hides_or_turns_others),
        TEST(lets_no_value_forge_a_line),
        TEST(keeps_to_one_write_of_4096_octets),
        TEST(leaves_out_what_is_below_its_level),
        TEST(leaves_errno_alone),
        TEST(leaves_the_time_to_the_journal),
        TEST(knows_levels_and_formats_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
