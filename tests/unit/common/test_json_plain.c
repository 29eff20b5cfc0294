#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/json_plain.h"

#define DEPTH 4
#define LEN_MAX 4096

/* Of memory that ends with it, so that reading on would be noticed. */
static bool is_plain(const char *text, bool object)
{
    size_t len = strlen(text);
    char *exact = malloc(len + !len);
    bool plain;

    memcpy(exact, text, len);
    plain = json_is_plain(exact, len, DEPTH, object);
    free(exact);
    return plain;
}

static const char *const plain[] = {"{}", "[]", " { } ", "\t[\r\n1 , -2.5,0 ] ", "\"\"", "0", "-0",
    "12.034", "123456789012345678", "true", "false", "null", "[null,true,false]",
    "{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3},{\"a\":4}]}",
    "{ \"a\" : \"\\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u00e9 \\u0000 \\ud83d\\ude00\" }",
    "{\"\xC3\xA4\":\"\xE2\x82\xAC \xF0\x9F\x98\x80\x7f\"}", "[[[[1]]]]", "{\"\":{\"\":1}}"};

static void recognizes_plain_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (!is_plain(plain[i], false))
            fail_msg("%s", plain[i]);
}

static void knows_an_object(void **state)
{
    (void)state;
    assert_true(is_plain(" {\"a\":[1]}", true));
    assert_false(is_plain(" [{}]", true));
    assert_false(is_plain("1", true));
}

static void leaves_the_rest_to_others(void **state)
{
    static const char *const texts[] = {"", " ", "{", "}", "[", "]", "[1", "[1,]", "[,1]", "[1 2]",
        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{1:2}", "{'a':1}", "nul", "truE",
        "nulll", "[1] x", "{}{}", "\"", "\"\\", "\"\\\"", "01", "-", "1.", ".5", "+1", "1e4", "1E4",
        "1234567890123456789", "\xef\xbb\xbf{}", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\\ud80\"",
        "\"\\ud80g\"", "\"\\u", "\"\\x\"", "\"\n\"", "[1]:", "\"a\":1", "{\"a\":1:2}",
        "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\ud83d\"", "\"\\ud83dx\"", "{\"\\u0061\":1}",
        "{\"a\":1,\"b\":2,\"a\":3}", "[{\"a\":{\"b\":1,\"b\":2}}]", "[[[[[1]]]]]"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (is_plain(texts[i], false))
            fail_msg("%s", texts[i]);
    assert_false(json_is_plain("1\0", 2, DEPTH, false));
    assert_false(json_is_plain("\"\0\"", 3, DEPTH, false));
}

/* So the work is linear however many keys there are. */
static void compares_a_bounded_number_of_keys(void **state)
{
    char text[LEN_MAX] = "{\"first\":1";

    (void)state;
    for (int i = 0; i < 200; i++)
        snprintf(text + strlen(text), LEN_MAX - strlen(text), ",\"%d\":1", i);
    snprintf(text + strlen(text), LEN_MAX - strlen(text), "}");
    assert_false(is_plain(text, true));
    assert_int_equal(json_check(text, strlen(text), true, NULL), 0);
}

/* Plain values with a byte or two changed, taken out or doubled. */
static void is_never_more_lenient_than_the_parser(void **state)
{
    static const char bytes[] = "{}[]:,\"\\ 0129.-eEtrufalsn\x01\x7f\xC3\xA4\xED\xA0"
                                "dD";
    uint32_t random = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        struct reason why;
        char text[256];
        size_t len, at;
        json_t *value;

        random = random * 1664525 + 1013904223;
        snprintf(text, sizeof text, "%s", plain[(random >> 8) % (sizeof plain / sizeof *plain)]);
        len = strlen(text);
        for (int changes = (int)(random >> 30); changes >= 0; changes--) {
            random = random * 1664525 + 1013904223;
            at = (random >> 8) % len;
            if (random >> 31)
                text[at] = bytes[(random >> 24) % (sizeof bytes - 1)];
            else
                text[at] = text[(random >> 20) % len];
        }
        if (!json_is_plain(text, len, JSON_DEPTH_MAX, false))
            continue;
        value = json_read_distinct(text, len, &why);
        if (!value)
            fail_msg("%s: %s", text, why.text);
        assert_int_equal(json_is_plain(text, len, JSON_DEPTH_MAX, true), json_is_object(value));
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognizes_plain_values),
        cmocka_unit_test(knows_an_object),
        cmocka_unit_test(leaves_the_rest_to_others),
        cmocka_unit_test(compares_a_bounded_number_of_keys),
        cmocka_unit_test(is_never_more_lenient_than_the_parser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
