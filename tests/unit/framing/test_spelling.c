#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "gateway/framing/spelling.h"

static void assert_array(const char *name, const char *json, bool single, const char *expected)
{
    struct arguments arguments = {.json = json, .len = strlen(json), .single = single};
    struct buf out;

    buf_init(&out, 256);
    spelling_add_array(&out, name, &arguments);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void assert_value(const char *json, bool single, const char *expected)
{
    struct arguments arguments = {.json = json, .len = strlen(json), .single = single};
    struct buf out;

    buf_init(&out, 256);
    spelling_add_value(&out, &arguments);
    assert_string_equal(out.data, expected);
    buf_release(&out);
}

static void puts_the_name_in_front_of_the_arguments(void **state)
{
    (void)state;
    assert_array("a\"", "[1,\"2\",[3]]", false, "[\"a\\\"\",1,\"2\",[3]]");
    assert_array("a", "[]", false, "[\"a\"]");
    assert_array("a", " [ ] ", false, "[\"a\"]");
    assert_array("a", "{\"b\":[]}", true, "[\"a\",{\"b\":[]}]");
}

static void an_answer_has_no_name(void **state)
{
    (void)state;
    assert_array(NULL, "[1,{}]", false, "[1,{}]");
    assert_array(NULL, "[]", false, "[]");
    assert_array(NULL, "{\"ok\":true}", true, "[{\"ok\":true}]");
}

static void one_value_is_the_first(void **state)
{
    (void)state;
    assert_value("{\"ok\":true}", true, "{\"ok\":true}");
    assert_value("[{\"a\":\"\\u0000\"},2]", false, "{\"a\":\"\\u0000\"}");
    assert_value("[\"a\"]", false, "\"a\"");
    assert_value("[]", false, "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_the_name_in_front_of_the_arguments),
        cmocka_unit_test(an_answer_has_no_name),
        cmocka_unit_test(one_value_is_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
