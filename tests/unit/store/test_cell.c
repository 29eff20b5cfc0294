/* Columns as read by an engine: what is accepted, and the reasons why others are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "gateway/store/cell.h"

#define TEXT(string) \
    { \
        CELL_TEXT, string, sizeof(string) - 1 \
    }

static void checks_text(void **state)
{
    static const struct {
        struct cell cell;
        bool may_be_null;
        const char *why; /* NULL: it is fine */
    } cases[] = {
        {TEXT("a"), false, NULL},
        {TEXT("éé"), false, NULL},
        {TEXT(""), false, "name is 0 bytes long, not 1 to 4"},
        {TEXT("ééé"), false, "name is 6 bytes long, not 1 to 4"},
        {TEXT("\xff"), false, "name is not UTF-8"},
        {TEXT("a\0b"), false, "name contains a NUL byte"},
        {{CELL_NULL, NULL, 0}, true, NULL},
        {{CELL_NULL, NULL, 0}, false, "name is not text"},
        {{CELL_OTHER, NULL, 0}, true, "name is not text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cell_rule rule = {"name", 1, 4, cases[i].may_be_null};
        struct reason why = {.text = ""};

        assert_int_equal(cell_check_text(&cases[i].cell, &rule, &why), cases[i].why ? -1 : 0);
        assert_string_equal(why.text, cases[i].why ? cases[i].why : "");
    }
}

static void checks_json(void **state)
{
    static const struct cell_rule rule = {"data", 0, 16, true};
    static const struct cell object = TEXT("{\"a\":1}"), list = TEXT("[1]"), bad = TEXT("{"),
                             long_one = TEXT("[1,2,3,4,5,6,7,8,9]"), null = {CELL_NULL, NULL, 0};
    struct reason why;

    (void)state;
    assert_int_equal(cell_check_json(&object, &rule, true, &why), 0);
    assert_int_equal(cell_check_json(&list, &rule, false, &why), 0);
    assert_int_equal(cell_check_json(&null, &rule, true, &why), 0);
    assert_int_equal(cell_check_json(&list, &rule, true, &why), -1);
    assert_int_equal(cell_check_json(&bad, &rule, false, &why), -1);
    assert_int_equal(strncmp(why.text, "data cannot be sent: ", 21), 0);
    assert_int_equal(cell_check_json(&long_one, &rule, false, &why), -1);
    assert_string_equal(why.text, "data is 19 bytes long, not 0 to 16");
}

static void reads_times(void **state)
{
    static const struct cell time = TEXT("1970-01-01T00:00:01.500Z"), cut = TEXT("1970-01-01"),
                             hidden = TEXT("1970-01-01T00:00:01.500Z\0x"),
                             null = {CELL_NULL, NULL, 0}, number = {CELL_OTHER, NULL, 0};
    struct reason why;
    int64_t ms = -1;

    (void)state;
    assert_int_equal(cell_time(&time, "at", &ms, &why), 1);
    assert_int_equal(ms, 1500);
    ms = -1;
    assert_int_equal(cell_time(&null, "at", &ms, &why), 0);
    assert_int_equal(cell_time(&number, "at", &ms, NULL), -1);
    assert_int_equal(cell_time(&hidden, "at", &ms, NULL), -1);
    assert_int_equal(cell_time(&cut, "at", &ms, &why), -1);
    assert_string_equal(why.text, "at does not look like 2026-11-22T19:19:00.123Z");
    assert_int_equal(ms, -1);
}

static void appends_json(void **state)
{
    static const struct cell text = TEXT("a\"b"), lone = TEXT("\"\\ud800\"");
    struct buf json;

    (void)state;
    buf_init(&json, 1024);
    cell_add_member(&json, "key", &text);
    cell_add_json(&json, &lone);
    assert_string_equal(json.data, ",\"key\":\"a\\\"b\"\"\\ufffd\"");
    buf_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_text),
        cmocka_unit_test(checks_json),
        cmocka_unit_test(reads_times),
        cmocka_unit_test(appends_json),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
