#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

static void is_an_empty_string_before_anything_is_added(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 10);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.size, 0);
    buf_clear(&buf);
    buf_release(&buf);
    buf_wipe(&buf);
    assert_string_equal(buf.data, "");
}

static void is_a_string_after_each_step(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    buf_add_text(&buf, "one");
    assert_string_equal(buf.data, "one");
    buf_add_char(&buf, ' ');
    buf_addf(&buf, "%s %d", "two", 3);
    assert_string_equal(buf.data, "one two 3");
    buf_add(&buf, "\0x", 2);
    assert_int_equal(buf.len, 11);
    assert_memory_equal(buf.data, "one two 3\0x", 12);
    buf_clear(&buf);
    assert_string_equal(buf.data, "");
    assert_true(buf.size > 0);
    buf_release(&buf);
}

static void holds_exactly_its_maximum(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4);
    buf_add_text(&buf, "abcd");
    assert_false(buf.overflowed);
    buf_add(&buf, "", 0);
    assert_false(buf.overflowed);
    buf_add_char(&buf, 'e');
    assert_true(buf.overflowed);
    assert_string_equal(buf.data, "abcd");
    buf_release(&buf);
}

static void adds_nothing_more_once_it_overflowed(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 4);
    buf_add_text(&buf, "abcde");
    buf_add_text(&buf, "a");
    buf_addf(&buf, "%d", 1);
    buf_add_json_string(&buf, "a", 1);
    assert_string_equal(buf.data, "");
    buf_clear(&buf);
    buf_addf(&buf, "%d", 1234);
    assert_false(buf.overflowed);
    assert_string_equal(buf.data, "1234");
    buf_addf(&buf, "%d", 5);
    assert_true(buf.overflowed);
    buf_release(&buf);
}

static void grows_by_much_and_by_little(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100000);
    for (int i = 0; i < 1000; i++)
        buf_add_char(&buf, 'a');
    for (int i = 0; i < 99; i++)
        buf_addf(&buf, "%01000d", i);
    assert_int_equal(buf.len, 100000);
    assert_false(buf.overflowed);
    assert_int_equal(buf.data[buf.len], 0);
    buf_wipe(&buf);
    assert_int_equal(buf.len, 0);
    buf_add_text(&buf, "again");
    assert_string_equal(buf.data, "again");
    buf_release(&buf);
}

/* The memory has room for 128 bytes, so the text is formatted there before it is refused. */
static void formats_nothing_beyond_its_maximum(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 70);
    buf_addf(&buf, "%066d", 7);
    buf_addf(&buf, "%s", "abcde");
    assert_true(buf.overflowed);
    assert_int_equal(buf.len, 66);
    assert_int_equal(strlen(buf.data), 66);
    buf_clear(&buf);
    buf_addf(&buf, "%070d", 7);
    assert_false(buf.overflowed);
    assert_int_equal(buf.len, 70);
    buf_addf(&buf, "%s", "");
    assert_false(buf.overflowed);
    buf_release(&buf);
}

static void writes_numbers_in_digits(void **state)
{
    static const int64_t numbers[] = {0, 7, 10, -1, 1795375140, INT64_MAX, INT64_MIN};
    struct buf buf, expected;

    (void)state;
    buf_init(&buf, 1000);
    buf_init(&expected, 1000);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        buf_add_number(&buf, numbers[i]);
        buf_addf(&expected, "%lld", (long long)numbers[i]);
    }
    assert_string_equal(buf.data, expected.data);
    buf_release(&expected);
    buf_release(&buf);
}

static void keeps_its_memory_when_scrubbed(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_scrub(&buf);
    buf_add_text(&buf, "a secret");
    char *data = buf.data;
    buf_scrub(&buf);
    assert_int_equal(buf.len, 0);
    assert_ptr_equal(buf.data, data);
    assert_memory_equal(data, "\0\0\0\0\0\0\0\0", 8);
    buf_release(&buf);
}

static void hands_its_memory_over(void **state)
{
    struct buf buf;
    char *text;

    (void)state;
    buf_init(&buf, 100);
    text = buf_detach(&buf);
    assert_string_equal(text, "");
    free(text);
    buf_add_text(&buf, "mine");
    text = buf_detach(&buf);
    assert_string_equal(text, "mine");
    free(text);
    assert_string_equal(buf.data, "");
    buf_release(&buf);
}

static void assert_json(const char *text, size_t len, const char *expected)
{
    struct buf buf;

    buf_init(&buf, 1000);
    buf_add_json_string(&buf, text, len);
    assert_string_equal(buf.data, expected);
    buf_release(&buf);
}

static void writes_json_strings(void **state)
{
    (void)state;
    assert_json("", 0, "\"\"");
    assert_json("plain /path", 11, "\"plain /path\"");
    assert_json("a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    assert_json("\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"");
    assert_json("\x01\x1f\0z", 4, "\"\\u0001\\u001f\\u0000z\"");
    assert_json("\xc3\xa9\xf0\x9f\x94\x94", 6, "\"\xc3\xa9\xf0\x9f\x94\x94\"");
}

static void writes_json_even_of_octets_that_are_no_text(void **state)
{
    (void)state;
    assert_json("a\xff"
                "b",
        3,
        "\"a\xef\xbf\xbd"
        "b\"");
    assert_json("\xc3", 1, "\"\xef\xbf\xbd\"");
    assert_json("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void escapes_for_people(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 100);
    buf_add_escaped(&buf, "a\n\0\xc3\xa9\xff", 6);
    assert_string_equal(buf.data, "a\\x0a\\x00\xc3\xa9\\xff");
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_an_empty_string_before_anything_is_added),
        cmocka_unit_test(is_a_string_after_each_step),
        cmocka_unit_test(holds_exactly_its_maximum),
        cmocka_unit_test(adds_nothing_more_once_it_overflowed),
        cmocka_unit_test(grows_by_much_and_by_little),
        cmocka_unit_test(formats_nothing_beyond_its_maximum),
        cmocka_unit_test(writes_numbers_in_digits),
        cmocka_unit_test(keeps_its_memory_when_scrubbed),
        cmocka_unit_test(hands_its_memory_over),
        cmocka_unit_test(writes_json_strings),
        cmocka_unit_test(writes_json_even_of_octets_that_are_no_text),
        cmocka_unit_test(escapes_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
