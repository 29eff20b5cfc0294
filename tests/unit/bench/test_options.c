#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "bench/load/options.h"

enum { WORDS_MAX = 32 };

/* Parses a command line that is right, with `more` words behind it. */
static int parse(struct options *options, const char *more, struct reason *why)
{
    static char words[512];
    char *argv[WORDS_MAX], *save = NULL;
    int argc = 0;

    snprintf(words, sizeof(words),
        "load fanout --dialect websocket --url ws://127.0.0.1:8080/path %s", more);
    for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        assert_true(argc < WORDS_MAX);
        argv[argc++] = word;
    }
    return options_parse(options, argc, argv, why);
}

static void are_what_was_said_and_defaults(void **state)
{
    struct options options;
    struct reason why;

    (void)state;
    assert_int_equal(parse(&options, "--connections 7 --rate 2.5 --step", &why), 0);
    assert_string_equal(options.mode, "fanout");
    assert_int_equal(options.connections, 7);
    assert_true(options.rate > 2.49 && options.rate < 2.51);
    assert_true(options.step);
    assert_false(options.acknowledge);
    assert_int_equal(options.outstanding, 16);
    assert_int_equal(ntohs(options.target.sin_port), 8080);
    assert_string_equal(options.authority, "127.0.0.1:8080");
    assert_string_equal(options.path, "/path");
}

static void are_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *more, *why;
    } wrong[] = {
        {"--bogus", "unknown option '--bogus'"},
        {"8080", "unknown option '8080'"},
        {"--seconds", "--seconds takes a value"},
        {"--seconds soon", "--seconds: 'soon' is no such number"},
        {"--seconds -1", "--seconds: '-1' is no such number"},
        {"--seconds nan", "--seconds: 'nan' is no such number"},
        {"--connections 1.5", "--connections: '1.5' is no such number"},
        {"--connections 99999999999", "--connections: '99999999999' is no such number"},
        {"--connections 0", "--connections is from 1 to 100000"},
        {"--connections 100001", "--connections is from 1 to 100000"},
        {"--topics 100001", "--topics is from 0 to 100000"},
        {"--outstanding 1000001", "--outstanding is from 0 to 1000000"},
        {"--batch 0", "--batch is from 1"},
        {"--publishers 65", "--publishers is from 1 to 64"},
        {"--qos 2", "--qos is from 0 to 1"},
        {"--size 10", "--size is from"},
        {"--dialect esperanto", "there is no 'esperanto'"},
        {"--dialect belfry-plain", "--token-file is needed"},
        {"--dialect belfry-events --token-file f --topics 65", "at most 64 are joined"},
        {"--url localhost:8080", "'localhost' is no IPv4 address"},
        {"--url 127.0.0.1:0", "the port is from 1 to 65535"},
        {"--url 127.0.0.1:65536", "the port is from 1 to 65535"},
        {"--url 127.0.0.1:http", "the port is from 1 to 65535"},
        {"--url 127.0.0.1:80x", "the port is from 1 to 65535"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct options options;
        struct reason why = {""};

        assert_int_equal(parse(&options, wrong[i].more, &why), -1);
        if (!strstr(why.text, wrong[i].why))
            fail_msg("%s: %s", wrong[i].more, why.text);
    }
}

static void need_a_mode_a_dialect_and_a_server(void **state)
{
    char program[] = "load", mode[] = "fanout", *argv[] = {program, mode, NULL};
    struct options options;
    struct reason why;

    (void)state;
    assert_int_equal(options_parse(&options, 1, argv, &why), -1);
    assert_non_null(strstr(why.text, "no mode given"));
    assert_int_equal(options_parse(&options, 2, argv, &why), -1);
    assert_non_null(strstr(why.text, "--dialect and --url are needed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_what_was_said_and_defaults),
        cmocka_unit_test(are_refused_with_a_sentence),
        cmocka_unit_test(need_a_mode_a_dialect_and_a_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
