#include "tests/unit/files.h"

#include <fcntl.h>
#include <unistd.h>

#include "admin/lines.h"

struct input {
    int to, from;
    struct lines *lines;
};

static int set_up(void **state)
{
    static const size_t max = 8;
    struct input *input = calloc(1, sizeof *input);
    int ends[2];

    if (pipe(ends) < 0)
        return -1;
    *input = (struct input){.to = ends[1], .from = ends[0], .lines = lines_new(ends[0], max)};
    *state = input;
    return 0;
}

static int tear_down(void **state)
{
    struct input *input = *state;

    lines_free(input->lines);
    close(input->from);
    if (input->to >= 0)
        close(input->to);
    free(input);
    return 0;
}

static void put(struct input *input, const char *text)
{
    assert_int_equal(write(input->to, text, strlen(text)), strlen(text));
}

static void end(struct input *input)
{
    close(input->to);
    input->to = -1;
}

static void assert_next(struct input *input, const char *expected)
{
    const char *line;
    size_t len;

    assert_int_equal(lines_next(input->lines, &line, &len), 1);
    assert_string_equal(line, expected);
    assert_int_equal(len, strlen(expected));
}

static void assert_too_long(struct input *input, size_t expected)
{
    const char *line;
    size_t len;

    assert_int_equal(lines_next(input->lines, &line, &len), 1);
    assert_null(line);
    assert_int_equal(len, expected);
}

static void assert_over(struct input *input)
{
    const char *line;
    size_t len;

    assert_int_equal(lines_next(input->lines, &line, &len), 0);
    assert_int_equal(lines_next(input->lines, &line, &len), 0);
}

static void lines_come_without_their_newlines(void **state)
{
    struct input *input = *state;

    put(input, "one\n\ntwo\nlast");
    end(input);
    assert_next(input, "one");
    assert_next(input, "");
    assert_next(input, "two");
    assert_next(input, "last");
    assert_over(input);
}

static void nothing_is_the_end(void **state)
{
    struct input *input = *state;

    end(input);
    assert_over(input);
}

static void a_line_of_the_longest_length_fits_and_one_more_does_not(void **state)
{
    struct input *input = *state;

    put(input, "12345678\n123456789\nab\n1234567890123456789012345");
    end(input);
    assert_next(input, "12345678");
    assert_too_long(input, 9);
    assert_next(input, "ab");
    assert_too_long(input, 25);
    assert_over(input);
}

static void the_longest_line_may_be_the_last(void **state)
{
    struct input *input = *state;

    put(input, "12345678");
    end(input);
    assert_next(input, "12345678");
    assert_over(input);
}

/* Each byte arrives by its own read (pipe(2), O_DIRECT), of which a pipe holds 16. */
static void put_octets(struct input *input, const char *text)
{
    assert_int_equal(fcntl(input->to, F_SETFL, O_DIRECT), 0);
    assert_true(strlen(text) <= 16);
    for (; *text; text++)
        put(input, (char[]){*text, '\0'});
}

static void one_octet_at_a_time_is_the_same(void **state)
{
    struct input *input = *state;

    put_octets(input, "ab\n12345678\n");
    assert_next(input, "ab");
    assert_next(input, "12345678");
    put_octets(input, "123456789\nd\n");
    assert_too_long(input, 9);
    assert_next(input, "d");
}

static void it_is_known_whether_one_would_wait(void **state)
{
    struct input *input = *state;

    assert_false(lines_ready(input->lines));
    put(input, "a\nb\n");
    assert_true(lines_ready(input->lines));
    assert_next(input, "a");
    assert_true(lines_ready(input->lines));
    assert_next(input, "b");
    assert_false(lines_ready(input->lines));
    end(input);
    assert_true(lines_ready(input->lines));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_come_without_their_newlines),
        TEST(nothing_is_the_end),
        TEST(a_line_of_the_longest_length_fits_and_one_more_does_not),
        TEST(the_longest_line_may_be_the_last),
        TEST(one_octet_at_a_time_is_the_same),
        TEST(it_is_known_whether_one_would_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
