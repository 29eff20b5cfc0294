#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/realtime/input.h"

static void takes_ids_as_strings_and_integers_within_bounds(void **state)
{
    static const struct {
        const char *json;
        int64_t id; /* 0: refused */
    } cases[] = {
        {"1", 1},
        {"\"1\"", 1},
        {"\"007\"", 7},
        {"9223372036854775807", INT64_MAX},
        {"\"9223372036854775807\"", INT64_MAX},
        {"\"9223372036854775808\"", 0},
        {"0", 0},
        {"\"0\"", 0},
        {"-1", 0},
        {"\"-1\"", 0},
        {"\"+1\"", 0},
        {"\" 1\"", 0},
        {"\"1 \"", 0},
        {"\"\"", 0},
        {"\"1\\u0000\"", 0},
        {"\"0x10\"", 0},
        {"1.0", 0},
        {"true", 0},
        {"null", 0},
        {"[1]", 0},
        {"{}", 0},
        {"\"00000000000000000001\"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *value = json_loads(cases[i].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        int64_t id = 0;

        print_message("%s\n", cases[i].json);
        assert_non_null(value);
        assert_int_equal(input_id(value, &id), cases[i].id != 0);
        assert_int_equal(id, cases[i].id);
        json_decref(value);
    }
}

static void one_bad_id_spoils_the_list(void **state)
{
    json_t *good = json_loads("[1,\"2\",3]", 0, NULL);
    json_t *bad = json_loads("[1,\"two\",3]", 0, NULL);
    int64_t ids[3];

    (void)state;
    assert_true(input_ids(good, ids));
    assert_int_equal(ids[1], 2);
    assert_false(input_ids(bad, ids));
    json_decref(good);
    json_decref(bad);
}

static void optional_ones_may_be_absent_but_not_wrong(void **state)
{
    json_t *object = json_loads("{\"limit\":5,\"zero\":0,\"before\":\"9\",\"null\":null}", 0, NULL);
    int64_t value = 42;

    (void)state;
    assert_true(input_optional_count(object, "none", 10, &value));
    assert_true(input_optional_count(object, "null", 10, &value));
    assert_true(input_optional_count(NULL, "limit", 10, &value));
    assert_int_equal(value, 42);
    assert_true(input_optional_count(object, "limit", 5, &value));
    assert_int_equal(value, 5);
    assert_false(input_optional_count(object, "limit", 4, &value));
    assert_false(input_optional_count(object, "zero", 4, &value));
    assert_false(input_optional_count(object, "before", 100, &value));
    assert_true(input_optional_id(object, "before", &value));
    assert_int_equal(value, 9);
    json_decref(object);
}

static void since_is_an_id_or_zero_or_absent(void **state)
{
    static const struct {
        const char *data;
        bool is_valid;
        int64_t since;
    } cases[] = {
        {"\"public:news\"", true, -1},
        {"{}", true, -1},
        {"{\"since\":null}", true, -1},
        {"{\"since\":0}", true, 0},
        {"{\"since\":\"0\"}", true, 0},
        {"{\"since\":7}", true, 7},
        {"{\"since\":\"7\"}", true, 7},
        {"{\"since\":-1}", false, 0},
        {"{\"since\":\"\"}", false, 0},
        {"{\"since\":1.5}", false, 0},
        {"{\"since\":[7]}", false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        json_t *data = json_loads(cases[i].data, JSON_DECODE_ANY, NULL);
        int64_t since;

        assert_int_equal(input_since(data, &since), cases[i].is_valid);
        if (cases[i].is_valid)
            assert_int_equal(since, cases[i].since);
        json_decref(data);
    }
}

static void a_name_may_be_a_number(void **state)
{
    json_t *object = json_loads(
        "{\"text\":\"a "
        "b\",\"number\":-7,\"empty\":\"\",\"nul\":\"a\\u0000\",\"real\":1.5,\"list\":[]}",
        JSON_ALLOW_NUL, NULL);
    char number[INPUT_NUMBER_SIZE];

    (void)state;
    assert_string_equal(input_name(json_object_get(object, "text"), number), "a b");
    assert_string_equal(input_name(json_object_get(object, "number"), number), "-7");
    assert_string_equal(input_name(json_object_get(object, "empty"), number), "");
    assert_null(input_name(json_object_get(object, "nul"), number));
    assert_null(input_name(json_object_get(object, "real"), number));
    assert_null(input_name(json_object_get(object, "list"), number));
    assert_null(input_name(NULL, number));
    json_decref(object);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_ids_as_strings_and_integers_within_bounds),
        cmocka_unit_test(one_bad_id_spoils_the_list),
        cmocka_unit_test(optional_ones_may_be_absent_but_not_wrong),
        cmocka_unit_test(since_is_an_id_or_zero_or_absent),
        cmocka_unit_test(a_name_may_be_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
