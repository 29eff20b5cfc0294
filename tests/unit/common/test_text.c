#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/text.h"

static void knows_characters_by_their_length(void **state)
{
    (void)state;
    assert_int_equal(text_character("a", 1), 1);
    assert_int_equal(text_character("\0", 1), 1);
    assert_int_equal(text_character("\xc2\x80", 2), 2);
    assert_int_equal(text_character("\xe0\xa0\x80", 3), 3);
    assert_int_equal(text_character("\xed\x9f\xbf", 3), 3);
    assert_int_equal(text_character("\xf0\x90\x80\x80", 4), 4);
    assert_int_equal(text_character("\xf4\x8f\xbf\xbf", 4), 4);
    assert_int_equal(text_character("\xef\xbf\xbfz", 4), 3);
    assert_int_equal(text_character("", 0), 0);
}

static void refuses_what_rfc_3629_forbids(void **state)
{
    static const char *const texts[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2",
        "\xc2z",
        "\xe0\x9f\x80",
        "\xe0\xa0",
        "\xe1\x80z",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\x80\x80",
        "\xf0\x90\x80",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(text_character(texts[i], strlen(texts[i])), 0);
        assert_false(text_is_utf8(texts[i], strlen(texts[i])));
    }
}

static void reads_no_octet_behind_the_end(void **state)
{
    (void)state;
    assert_int_equal(text_character("\xc3\xa9", 1), 0);
    assert_int_equal(text_character("\xf0\x90\x80\x80", 3), 0);
    assert_true(text_is_utf8("a\xc3\xa9\xc3", 3));
    assert_false(text_is_utf8("a\xc3\xa9\xc3", 4));
}

static void passes_over_printable_ascii_at_once(void **state)
{
    (void)state;
    assert_int_equal(text_plain("a ~", 3), 3);
    assert_int_equal(text_plain("a ~", 2), 2);
    assert_int_equal(text_plain("ab\x7f", 3), 2);
    assert_int_equal(text_plain("ab\x1f", 3), 2);
    assert_int_equal(text_plain("a\xc3\xa9", 3), 1);
    assert_int_equal(text_plain("\0", 1), 0);
    assert_int_equal(text_plain("", 0), 0);
}

static void finds_control_characters(void **state)
{
    (void)state;
    assert_false(text_has_control("a \xc3\xa9\xff", 5));
    assert_true(text_has_control("a\0", 2));
    assert_true(text_has_control("\x1f", 1));
    assert_true(text_has_control("\x7f", 1));
    assert_true(text_has_control("\xff\xc2\x80", 3));
    assert_true(text_has_control("\xc2\x9f", 2));
    assert_false(text_has_control("\xc2\xa0", 2));
    assert_false(text_has_control("", 0));
    assert_true(text_has_control("plain text\n", 11));
    assert_false(text_has_control("plain text", 10));
}

static void cuts_between_characters(void **state)
{
    (void)state;
    assert_int_equal(text_cut("abc", 3, 3), 3);
    assert_int_equal(text_cut("abc", 3, 2), 2);
    assert_int_equal(text_cut("abc", 3, 0), 0);
    assert_int_equal(text_cut("a\xc3\xa9", 3, 2), 1);
    assert_int_equal(text_cut("\xf0\x90\x80\x80z", 5, 3), 0);
    assert_int_equal(text_cut("\xf0\x90\x80\x80z", 5, 4), 4);
    assert_int_equal(text_cut("\x80\x80\x80\x80\x80\x80", 6, 5), 5);
}

static void fills_at_most_its_step(void **state)
{
    char step[TEXT_STEP_SIZE];

    (void)state;
    assert_int_equal(text_step_shown("\xc2\x9bz", 3, step), 2);
    assert_string_equal(step, "\\xc2\\x9b");
    assert_int_equal(text_step_shown("\xf3\xa0\x80\x81z", 5, step), 4);
    assert_string_equal(step, "\\xf3\\xa0\\x80\\x81");
    assert_int_equal(strlen(step), TEXT_STEP_SIZE - 1);
    assert_int_equal(text_step_quoted("\"", 1, step), 1);
    assert_string_equal(step, "\\\"");
    assert_int_equal(text_step_json("\x7f", 1, step), 1);
    assert_string_equal(step, "\\u007f");
}

static void what_makes_a_text_look_like_another_is_escaped(void **state)
{
    static const struct {
        const char *text, *shown, *json;
    } cases[] = {
        {"\xc2\x9b", "\\xc2\\x9b", "\\u009b"},
        {"\xd8\x9c", "\\xd8\\x9c", "\\u061c"},
        {"\xe2\x80\x8b", "\\xe2\\x80\\x8b", "\\u200b"},
        {"\xe2\x80\x8f", "\\xe2\\x80\\x8f", "\\u200f"},
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\\u2028"},
        {"\xe2\x80\xae", "\\xe2\\x80\\xae", "\\u202e"},
        {"\xe2\x81\xa6", "\\xe2\\x81\\xa6", "\\u2066"},
        {"\xef\xbb\xbf", "\\xef\\xbb\\xbf", "\\ufeff"},
        {"\xf3\xa0\x81\xbf", "\\xf3\\xa0\\x81\\xbf", "\\udb40\\udc7f"},
        {"\x7f", "\\x7f", "\\u007f"},
        /* Letters, joiners of words and emoji, and emoji are unchanged. */
        {"\xc3\xa9", "\xc3\xa9", "\xc3\xa9"},
        {"\xe2\x80\x8c", "\xe2\x80\x8c", "\xe2\x80\x8c"},
        {"\xe2\x80\x8d", "\xe2\x80\x8d", "\xe2\x80\x8d"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    };
    char step[TEXT_STEP_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].text);
        assert_int_equal(text_step_shown(cases[i].text, len, step), len);
        assert_string_equal(step, cases[i].shown);
        assert_int_equal(text_step_json_shown(cases[i].text, len, step), len);
        assert_string_equal(step, cases[i].json);
    }
}

static void hexadecimal_digits_are_these_and_no_others(void **state)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    int known = 0;

    (void)state;
    for (int i = 0; i < 22; i++)
        assert_int_equal(text_hex_digit(digits[i]), i < 16 ? i : i - 6);
    for (int c = -128; c < 128; c++)
        known += text_hex_digit((char)c) >= 0;
    assert_int_equal(known, 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_characters_by_their_length),
        cmocka_unit_test(refuses_what_rfc_3629_forbids),
        cmocka_unit_test(reads_no_octet_behind_the_end),
        cmocka_unit_test(passes_over_printable_ascii_at_once),
        cmocka_unit_test(finds_control_characters),
        cmocka_unit_test(cuts_between_characters),
        cmocka_unit_test(hexadecimal_digits_are_these_and_no_others),
        cmocka_unit_test(what_makes_a_text_look_like_another_is_escaped),
        cmocka_unit_test(fills_at_most_its_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
