#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/origin.h"

static enum origin_verdict judge(const char *origin, const char *host)
{
    char *items[] = {
        (char *)"https://good.example", (char *)"http://dev.example:3000", (char *)"null-ish"};
    struct config_list allowed = {items, 3};

    return origin_check(&allowed, origin, host, NULL);
}

static void allows_a_request_without_origin(void **state)
{
    (void)state;
    assert_int_equal(judge(NULL, "a.example"), ORIGIN_ABSENT);
    assert_int_equal(judge(NULL, NULL), ORIGIN_ABSENT);
}

static void allows_the_host_that_was_asked(void **state)
{
    (void)state;
    assert_int_equal(judge("https://a.example", "a.example"), ORIGIN_SAME);
    assert_int_equal(judge("http://a.example", "A.Example"), ORIGIN_SAME);
    assert_int_equal(judge("https://a.example", "a.example:443"), ORIGIN_SAME);
    assert_int_equal(judge("http://a.example:80", "a.example"), ORIGIN_SAME);
    assert_int_equal(judge("http://a.example:8080", "a.example:8080"), ORIGIN_SAME);
    assert_int_equal(judge("http://[::1]:8080", "[::1]:8080"), ORIGIN_SAME);
    assert_int_equal(judge("https://[::1]", "[::1]"), ORIGIN_SAME);
}

static void refuses_another_host_or_port(void **state)
{
    static const char *const foreign[] = {"https://evil.example", "https://a.example.evil.com",
        "https://xa.example", "https://a.example:8443", "http://a.example:443", "null", "",
        "https://", "a.example", "https://a.example/", "https://a.example@evil.example",
        "https://a.example:443x", "ftp://a.example", "https://[::1", "https://a.example,b"};

    (void)state;
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
        assert_int_equal(judge(foreign[i], "a.example"), ORIGIN_FOREIGN);
    assert_int_equal(judge("https://a.example", NULL), ORIGIN_FOREIGN);
    assert_int_equal(judge("https://a.example", ""), ORIGIN_FOREIGN);
}

static void allows_what_is_listed_and_nothing_like_it(void **state)
{
    (void)state;
    assert_int_equal(judge("https://good.example", "a.example"), ORIGIN_LISTED);
    assert_int_equal(judge("https://good.example:443", "a.example"), ORIGIN_LISTED);
    assert_int_equal(judge("http://dev.example:3000", NULL), ORIGIN_LISTED);
    assert_int_equal(judge("http://good.example", "a.example"), ORIGIN_FOREIGN);
    assert_int_equal(judge("https://good.example.evil.com", "a.example"), ORIGIN_FOREIGN);
    assert_int_equal(judge("https://good.example:444", "a.example"), ORIGIN_FOREIGN);
    assert_int_equal(judge("http://dev.example", "a.example"), ORIGIN_FOREIGN);
}

static void says_which_line_would_allow_it(void **state)
{
    struct reason why;
    struct config_list none = {NULL, 0};

    (void)state;
    origin_check(&none, "https://app.example", "api.example", &why);
    assert_non_null(strstr(why.text, "allowed_origins = https://app.example"));
    assert_non_null(strstr(why.text, "api.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allows_a_request_without_origin),
        cmocka_unit_test(allows_the_host_that_was_asked),
        cmocka_unit_test(refuses_another_host_or_port),
        cmocka_unit_test(allows_what_is_listed_and_nothing_like_it),
        cmocka_unit_test(says_which_line_would_allow_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
