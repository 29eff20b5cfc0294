#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/json.h"

static void assert_read(const char *text, bool expected)
{
    struct reason why = {""};
    json_t *value = json_read(text, strlen(text), &why);

    assert_int_equal(value != NULL, expected);
    assert_int_equal(*why.text == '\0', expected);
    json_decref(value);
}

static void takes_a_value_of_any_type(void **state)
{
    (void)state;
    assert_read("{}", true);
    assert_read(" [1, 2.5, -0, \"a\", null, true, false] ", true);
    assert_read("\"a\"", true);
    assert_read("1", true);
    assert_read("null", true);
}

static void refuses_what_is_no_json(void **state)
{
    static const char *const texts[] = {"", " ", "{", "}", "[1", "[1,]", "{\"a\"}", "{\"a\":}",
        "{a:1}", "{'a':1}", "nul", "[1] x", "{}{}", "\"", "\"\\", "\"\\\"", "01", "1e400",
        "[1e400]", "\xef\xbb\xbf{}", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\\ud80\"", "\"\\ud80g\"",
        "\"\\", "\"\\u", "\"\n\"", "[1]:", ":", "\"a\":1", "{\"a\":1:2}"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_read(texts[i], false);
}

/* Everything that RFC 8259 allows. */
static void takes_all_that_is_json(void **state)
{
    static const char *const texts[] = {"[]", "[ ]", "\t[\n1\r, 2 ]\n", "[[]   ]", "[\"\"]",
        "[\"a\"]", "[0]", "[-0]", "[-1]", "[123]", "[-123]", "[0e1]", "[0e+1]", "[0E-1]", "[1E22]",
        "[1.5e3]", "[-1.5E-3]", "[20e1]", "[123.456789]", "[1e-400]", "[-0.0]",
        "[9007199254740993]", "[true]", "[false]", "[null]", "[null,1,\"2\",[3],{\"4\":5}]",
        "[1,null,null,2]", "true", "-0", "\"\"", "\"a\"", "42", "-0.1", "{}", "{\"\":0}",
        "{\"a\":[]}", "{\"a\":{\"b\":{}}}", "{ \"a\" : 1 , \"b\" : 2 }",
        "{\"a\":\"b\",\"c\":\"d\"}", "{\"a\\u0000b\":1}", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
        "[\"\\u0060\\u012a\\u12AB\"]", "[\"\\\\u0000\"]", "[\"\\u0000\"]", "[\"\\u005C\\u0022\"]",
        "[\"a/*b*/c/*d//e\"]", "[\"\\uD801\\udc37\"]", "[\"\\uDBFF\\uDFFF\"]",
        "[\"\\uFFFE\\uFFFF\\uFDD0\"]", "[\"\x7f\"]", "[\"\xe2\x80\xa8\"]", "[\"\xf4\x8f\xbf\xbf\"]",
        "[\"\xef\xbf\xbf\"]", "[\"\xe2\x82\xac\xf0\x9d\x84\x9e\"]", "[\"\\ud800\"]",
        "[\"\\uDd1e\\uD834\"]", "[\"\\ud800a\"]", "[\"\\ud800\\n\"]"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_read(texts[i], true);
}

static void refuses_what_lenient_parsers_take(void **state)
{
    static const char *const texts[] = {"[1 true]", "[a", "[\"\": 1]", "[\"\"],", "[,1]", "[1,,2]",
        "[\"x\",,]", "[\"x\"]]", "[\"\",]", "[\"x\"", "[x", "[3[4]]", "[1:2]", "[,]", "[-]",
        "[   , \"\"]", "[\"a\"\n,4\n,1", "[1,", "[1\n,1", "[*]", "[{}", "[fals]", "[nul]", "[tru]",
        "[++1]", "[+1]", "[+Inf]", "[-01]", "[-1.0.]", "[-2.]", "[-NaN]", "[.-1]", "[.2e-3]",
        "[0.1.2]", "[0.3e+]", "[0.3e]", "[0.e1]", "[0E+]", "[0E]", "[1.0e+]", "[1.0e-]", "[1.0e]",
        "[1 000]", "[1eE2]", "[2.e+3]", "[9.e+]", "[Inf]", "[NaN]", "[1+2]", "[0x1]", "[0x42]",
        "[Infinity]", "[-Infinity]", "[-foo]", "[- 1]", "[-012]", "[-.1]", "[-1x]", "[1ea]", "[1.]",
        "[.1]", "[012]", "[1a]", "[-1-1]", "[\"x\", truth]", "{[: \"x\"}", "{\"x\", null}",
        "{\"x\"::\"b\"}", "{\"a\":\"a\" 123}", "{key: 'value'}", "{\"a\" b}", "{:\"b\"}",
        "{\"a\" \"b\"}", "{\"a\":", "{\"a\"", "{1:1}", "{null:null}", "{\"id\":0,,,,,}", "{'a':0}",
        "{\"id\":0,}", "{\"a\":\"b\"}/**/", "{\"a\":\"b\"}/", "{\"a\":\"b\"}#",
        "{\"a\":\"b\",,\"c\":\"d\"}", "{a: \"b\"}", "{\"a\":\"a", "{ \"foo\" : \"bar\", \"a\" }",
        "{\"a\":\"b\"}//", "[\"\\uD800\\u\"]", "[\"\\uD800\\u1\"]", "[\"\\uD800\\u1x\"]",
        "[\u00e9]", "[\"\\x00\"]", "[\"\\\\\\\"]", "[\"\\\t\"]", "[\"\\\xf0\x9f\x8c\x80\"]",
        "[\"\\\"]", "[\"\\u00A\"]", "[\"\\uD834\\uDd\"]", "[\"\\a\"]", "[\"\\uqqqq\"]",
        "[\"\\\xe5\"]", "[\\u0020\"asd\"]", "[\\n]", "\"", "['single']", "abc", "[\"\\",
        "[\"new\nline\"]", "[\"\t\"]", "\"\\UA66D\"", "\"\"x", "<.>", "[<null>]", "[1]x", "[1]]",
        "[\"asd]", "a\xc3\xa5", "[True]", "1]", "{\"x\": true,", "[][]", "]", "\xef\xbb\xbf",
        "\xe5", "[", "[\x0c]", "2@", "{}}", "{\"\":", "{\"a\":/*c*/\"b\"}", "{\"a\": true} \"x\"",
        "['", "[,", "[{", "[\"a", "[\"a\"", "{", "{]", "{,", "{[", "{\"a", "{'a'",
        "[\"\\{[\"\\{[\"\\{[\"\\{", "*", "{\"a\":\"b\"}#{}", "[\\u000A\"\"]", "[1", "[ false, nul",
        "[ true, fals", "{\"asd\":\"asd\"", "\xc3\xa5", "[\xe2\x81\xa0]", " ", "[\"\xc0\xaf\"]",
        "[\"\xfc\x83\xbf\xbf\xbf\xbf\"]", "[\"\xf4\xbf\xbf\xbf\"]", "[\"\x81\"]", "[\"\xe9\"]",
        "\xff\xfe[\"", "[1e9999]", "[-1e9999]"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_read(texts[i], false);
}

static void takes_numbers_of_any_length(void **state)
{
    static char text[10064];
    struct reason why;

    (void)state;
    text[0] = '[';
    memset(text + 1, '1', 10000);
    strcpy(text + 10001, "]");
    assert_read(text, false); /* no double holds it */
    strcpy(text + 301, "]");
    json_t *value = json_read(text, strlen(text), &why);
    assert_true(json_is_real(json_array_get(value, 0)));
    json_decref(value);
    memcpy(text, "[0.", 3);
    memset(text + 3, '1', 9998);
    strcpy(text + 10001, "]");
    assert_read(text, true);
}

static void reads_an_integer_past_63_bits_as_a_browser_does(void **state)
{
    struct reason why;
    json_t *value = json_read("[99999999999999999999,7]", 24, &why);

    (void)state;
    assert_true(json_is_real(json_array_get(value, 0)));
    assert_true(json_number_value(json_array_get(value, 0)) == 1e20);
    assert_int_equal(json_integer_value(json_array_get(value, 1)), 7);
    assert_read(
        "{\"9999999999999999999\":-9223372036854775809,\"\\\"\":9223372036854775807}", true);
    assert_read("[99999999999999999999e999]", false);
    assert_read("[99999999999999999999-1]", false);
    assert_read("[099999999999999999999]", false);
    assert_null(json_read_strict("[99999999999999999999]", 22, &why));
    assert_int_equal(json_check("{\"n\":18446744073709551615}", 26, true, &why), 0);
    json_decref(value);
}

static void refuses_a_nul_octet(void **state)
{
    struct reason why;

    (void)state;
    assert_null(json_read("{}\0", 3, &why));
    assert_null(json_read("[1\0]", 4, &why));
    assert_null(json_read("\"\0\"", 3, &why));
}

static void nest(char *text, int levels, char open, char close)
{
    memset(text, open, (size_t)levels);
    memset(text + levels, close, (size_t)levels);
    text[2 * levels] = '\0';
}

static void takes_64_levels_and_no_more(void **state)
{
    char text[256];

    (void)state;
    nest(text, 64, '[', ']');
    assert_read(text, true);
    nest(text, 65, '[', ']');
    assert_read(text, false);
    assert_read(
        "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"", true);
}

static void takes_a_message_around_64_levels(void **state)
{
    char text[2 * 66 + 1];
    struct reason why;
    json_t *value;

    (void)state;
    nest(text, 65, '[', ']');
    value = json_read_message(text, 2 * 65, &why);
    assert_non_null(value);
    json_decref(value);
    nest(text, 66, '[', ']');
    assert_null(json_read_message(text, 2 * 66, &why));
}

static void survives_200000_levels(void **state)
{
    static char text[400001];

    (void)state;
    nest(text, 200000, '[', ']');
    assert_read(text, false);
    nest(text, 200000, '{', '}');
    assert_read(text, false);
}

static void refuses_a_key_twice_in_the_outermost_object(void **state)
{
    (void)state;
    assert_read("{\"event\":1,\"event\":2}", false);
    assert_read("{\"event\":1,\"\\u0065vent\":2}", false);
    assert_read("{\"a\":{\"b\":1,\"b\":2}}", true);
    assert_read("{\"a\":\":::\",\"b\":[{\"c\":1}]}", true);
    assert_read("[{\"a\":1,\"a\":2}]", true);
}

static void lets_the_last_of_two_inner_keys_win(void **state)
{
    json_t *value = json_read("{\"a\":{\"b\":1,\"b\":2}}", 19, NULL);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(json_object_get(value, "a"), "b")), 2);
    json_decref(value);
}

static void keeps_a_nul_in_a_string(void **state)
{
    static const char text[] = "{\"a\":\"x\\u0000y\"}";
    json_t *value = json_read(text, strlen(text), NULL);

    (void)state;
    assert_int_equal(json_string_length(json_object_get(value, "a")), 3);
    assert_null(json_text(value, "a"));
    json_decref(value);
}

static void takes_a_nul_in_a_key(void **state)
{
    static const char text[] = "{\"a\\u0000\\u0000b\":\"\\u0000\",\"\\\\u0000\":1}";
    json_t *value = json_read(text, strlen(text), NULL);

    (void)state;
    assert_int_equal(json_object_size(value), 2);
    assert_non_null(json_object_get(value, "a\xef\xbf\xbd\xef\xbf\xbd"
                                           "b"));
    assert_non_null(json_object_get(value, "\\u0000"));
    json_decref(value);
}

/* JSON.stringify writes a lone surrogate if a page cut a text in the middle of a character. */
static void half_a_surrogate_pair_becomes_a_replacement_character(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"\"\\ud83d\"", "\"\\uFFFD\""},
        {"\"\\uDE00\"", "\"\\uFFFD\""},
        {"\"Nice \\ud83d\"", "\"Nice \\uFFFD\""},
        {"\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\""},
        {"\"\\ud83d\\ud83d\\ude00\"", "\"\\uFFFD\\uD83D\\uDE00\""},
        {"\"\\ude00\\ud83d\"", "\"\\uFFFD\\uFFFD\""},
        {"\"\\ud83d\\u0041\"", "\"\\uFFFDA\""},
        {"\"\\ud83d\\\\ude00\"", "\"\\uFFFD\\\\ude00\""},
        {"\"\\\\ud83d\"", "\"\\\\ud83d\""},
        {"\"\\ud83d\\u0000\"", "\"\\uFFFD\\u0000\""},
        {"[[{\"a\\ud83d\":[\"\\ud83d\"]}]]", "[[{\"a\\uFFFD\":[\"\\uFFFD\"]}]]"},
        {"{\"\\u0000\\ud83d\":9999999999999999999}", "{\"\\uFFFD\\uFFFD\":1e19}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct reason why = {""};
        json_t *value = json_read(cases[i].text, strlen(cases[i].text), &why);
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
        assert_string_equal(why.text, "");
        assert_string_equal(text, cases[i].expected);
        free(text);
        json_decref(value);
    }
}

static void keys_that_mending_makes_equal_are_no_breach(void **state)
{
    (void)state;
    assert_read("{\"\\ud83d\":1,\"\\ud83e\":2,\"event\":\"a\"}", true);
    assert_read("{\"\\ud83d\":1,\"\\ufffd\":2,\"\xef\xbf\xbd\":3}", true);
    assert_read("{\"\\u0000\":1,\"\\uFFFD\":2}", true);
    assert_read("{\"\\ud83d\":1,\"\\ud83e\":2,\"event\":1,\"event\":2}", false);
    assert_read("{\"\\ud83d\":1,\"event\":1,\"\\u0065vent\":2}", false);
}

static void rights_do_not_hang_on_half_a_pair(void **state)
{
    struct reason why;

    (void)state;
    assert_null(json_read_strict("{\"sub\":\"\\ud83d\"}", 16, &why));
}

static void mends_text_in_place(void **state)
{
    char text[] = "{\"\\ud83d\":\"\\ud83d\\ude00\\ude00\",\"a\\u0000\":\"\\\\ud83d\"}";

    (void)state;
    assert_int_equal(json_check(text, strlen(text), true, NULL), 0);
    json_mend(text, strlen(text));
    assert_string_equal(text, "{\"\\ufffd\":\"\\ud83d\\ude00\\ufffd\",\"a\\u0000\":\"\\\\ud83d\"}");
}

static void counts_values_before_any_is_made(void **state)
{
    static const struct {
        const char *text;
        size_t values;
    } cases[] = {{"", 0}, {"1", 1}, {"[]", 1}, {"[1,2,3]", 4}, {"{\"a\":null,\"b\":[{}]}", 6},
        {" [ -1.5e3 , true ] ", 3}, {"\"[1,2]\"", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(json_values(cases[i].text, strlen(cases[i].text)), cases[i].values);
}

static void never_quotes_the_input(void **state)
{
    static const char text[] = "{\"token\" \"hush\"}";
    struct reason why;

    (void)state;
    assert_null(json_read(text, strlen(text), &why));
    assert_null(strstr(why.text, "hush"));
    assert_non_null(strstr(why.text, "line 1"));
}

static void reads_strictly_where_rights_hang_on_it(void **state)
{
    static const char *const texts[] = {
        "{\"a\":{\"b\":1,\"b\":2}}", "[{\"a\":1,\"a\":1}]", "[\"\\u0000\"]", "{\"a\\u0000\":1}"};
    json_t *value = json_read_strict("{\"a\":1}", 7, NULL);

    (void)state;
    assert_non_null(value);
    json_decref(value);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_null(json_read_strict(texts[i], strlen(texts[i]), NULL));
}

static void checks_what_is_to_be_spliced(void **state)
{
    struct reason why;

    (void)state;
    assert_int_equal(json_check("{\"a\":[1]}", 9, true, &why), 0);
    assert_int_equal(json_check("[1]", 3, false, &why), 0);
    assert_int_equal(json_check("[\"\\u0000\"]", 10, false, &why), 0);
    assert_int_equal(json_check("[1]", 3, true, &why), -1);
    assert_non_null(strstr(why.text, "object"));
    assert_int_equal(json_check("[{\"a\":1,\"a\":1}]", 15, false, &why), -1);
    assert_int_equal(json_check("{", 1, true, &why), -1);
    assert_int_equal(json_check("", 0, false, &why), -1);
}

static void finds_text_members(void **state)
{
    static const char text[] = "{\"a\":\"x\",\"b\":1,\"c\":\"\"}";
    json_t *value = json_read(text, strlen(text), NULL);

    (void)state;
    assert_string_equal(json_text(value, "a"), "x");
    assert_string_equal(json_text(value, "c"), "");
    assert_null(json_text(value, "b"));
    assert_null(json_text(value, "d"));
    assert_null(json_text(json_object_get(value, "a"), "a"));
    assert_null(json_text(NULL, "a"));
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_value_of_any_type),
        cmocka_unit_test(refuses_what_is_no_json),
        cmocka_unit_test(takes_all_that_is_json),
        cmocka_unit_test(refuses_what_lenient_parsers_take),
        cmocka_unit_test(takes_numbers_of_any_length),
        cmocka_unit_test(reads_an_integer_past_63_bits_as_a_browser_does),
        cmocka_unit_test(refuses_a_nul_octet),
        cmocka_unit_test(takes_64_levels_and_no_more),
        cmocka_unit_test(takes_a_message_around_64_levels),
        cmocka_unit_test(survives_200000_levels),
        cmocka_unit_test(refuses_a_key_twice_in_the_outermost_object),
        cmocka_unit_test(lets_the_last_of_two_inner_keys_win),
        cmocka_unit_test(keeps_a_nul_in_a_string),
        cmocka_unit_test(takes_a_nul_in_a_key),
        cmocka_unit_test(half_a_surrogate_pair_becomes_a_replacement_character),
        cmocka_unit_test(keys_that_mending_makes_equal_are_no_breach),
        cmocka_unit_test(rights_do_not_hang_on_half_a_pair),
        cmocka_unit_test(mends_text_in_place),
        cmocka_unit_test(counts_values_before_any_is_made),
        cmocka_unit_test(never_quotes_the_input),
        cmocka_unit_test(reads_strictly_where_rights_hang_on_it),
        cmocka_unit_test(checks_what_is_to_be_spliced),
        cmocka_unit_test(finds_text_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
