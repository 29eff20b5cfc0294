#include "tests/unit/files.h"

#include "auth-fcgi/cookie.h"

/* Asserts the value of a cookie; NULL if it is missing, "!" if it is malformed, "2" if there are
 * two different ones. */
static void finds(const char *header, const char *name, const char *expected)
{
    struct buf value;

    buf_init(&value, 4096);
    switch (cookie_find(header, name, &value)) {
    case COOKIE_ABSENT:
        assert_null(expected);
        break;
    case COOKIE_BROKEN:
        assert_string_equal(expected, "!");
        break;
    case COOKIE_TWICE:
        assert_string_equal(expected, "2");
        break;
    case COOKIE_FOUND:
        assert_non_null(expected);
        assert_string_equal(value.data, expected);
    }
    buf_release(&value);
}

static void finds_a_cookie_among_others(void **state)
{
    (void)state;
    finds("token=a", "token", "a");
    finds("x=1; token=a; y=2", "token", "a");
    finds(";;  ; token=a;", "token", "a");
    finds("token=a;y=2", "token", "a");
    finds("\ttoken = a \t; y=2", "token", "a");
    finds("token=a=b==", "token", "a=b==");
    finds("token=", "token", "");
}

static void takes_names_exactly(void **state)
{
    (void)state;
    finds("xtoken=a", "token", NULL);
    finds("token2=a", "token", NULL);
    finds("Token=a", "token", NULL);
    finds("token", "token", NULL);
    finds("=a", "token", NULL);
    finds("", "token", NULL);
    finds(";", "token", NULL);
    finds("x=token=a", "token", NULL);
}

/* A sibling host, or a page with a longer path, may have set one of them (cookie tossing). */
static void takes_none_of_two_that_differ(void **state)
{
    (void)state;
    finds("token=a; token=b", "token", "2");
    finds("token=b; x=1; token=a", "token", "2");
    finds("token=a; token=a; token=b", "token", "2");
    finds("token=; token=b", "token", "2");
    finds("token=b; token=", "token", "2");
    finds("token=%zz; token=b", "token", "2");
    finds("token=b; token=%zz", "token", "2");
    finds("token=a; token=A", "token", "2");
    finds("token=a; token=%2561", "token", "2");
}

static void takes_two_that_say_the_same(void **state)
{
    (void)state;
    finds("token=a; token=a", "token", "a");
    finds("token=a; token=\"a\"; token=%61", "token", "a");
    finds("token=a; tokens=b; Token=c", "token", "a");
    finds("token=%zz; token=%zz", "token", "!");
}

static void takes_quotes_off(void **state)
{
    (void)state;
    finds("token=\"a b\"", "token", "a b");
    finds("token=\"\"", "token", "");
    finds("token=\"", "token", "\"");
    finds("token=\"a", "token", "\"a");
}

static void decodes_once(void **state)
{
    (void)state;
    finds("token=a%2Bb%3d", "token", "a+b=");
    finds("token=%2525", "token", "%25");
    finds("token=a+b", "token", "a+b");
    finds("token=%C3%A9", "token", "é");
}

static void refuses_a_broken_encoding(void **state)
{
    static const char *const broken[] = {"token=%", "token=a%2", "token=%g1", "token=%1g",
        "token=%%41", "token=%00", "token=a%0d%0a", "token=%7f", "token=\"%4\""};

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        finds(broken[i], "token", "!");
}

static void refuses_a_value_that_is_too_long(void **state)
{
    char header[5000] = "token=";

    (void)state;
    memset(header + 6, 'a', 4096);
    char *expected = strdup(header + 6);
    finds(header, "token", expected);
    free(expected);
    memset(header + 6, 'a', 4097);
    finds(header, "token", "!");
}

static void finds_one_of_three_hundred(void **state)
{
    struct buf header;

    (void)state;
    buf_init(&header, 65536);
    for (int i = 0; i < 300; i++)
        buf_addf(&header, "c%d=%d; ", i, i);
    finds(header.data, "c299", "299");
    finds(header.data, "c300", NULL);
    buf_release(&header);
}

static void joins(const char *header, const char *expected)
{
    struct buf value;

    buf_init(&value, 4096);
    enum cookie_found found = cookie_find_chunked(header, "t", &value);
    assert_int_equal(found == COOKIE_FOUND, expected != NULL);
    if (expected)
        assert_string_equal(value.data, expected);
    buf_release(&value);
}

static void joins_chunks_in_any_order(void **state)
{
    (void)state;
    joins("t.0=a; t.1=b; t.2=c", "abc");
    joins("t.2=c; x=1; t.0=a; t.1=b", "abc");
    joins("t.0=a", "a");
    joins("t.0=a; t.0=a; t.1=b", "ab");
}

static void ends_chunks_at_a_gap(void **state)
{
    (void)state;
    joins("t.1=b; t.2=c", NULL);
    joins("t.0=a; t.2=c", "a");
    joins("t.0=a; t.01=b", "a");
    joins("t.=a", NULL);
}

static void takes_no_chunks_that_are_there_twice(void **state)
{
    (void)state;
    joins("t.0=a; t.0=b", NULL);
    joins("t.0=a; t.1=b; t.1=c", NULL);
    joins("t.0=a; t.1=b; t.0=%", NULL);
}

static void takes_neither_chunks_nor_another_whole_cookie(void **state)
{
    (void)state;
    joins("t.0=old; t=whole; t.1=old", NULL);
    joins("t=whole; t.0=whole", "whole");
    joins("t.0=who; t=whole; t.1=le", "whole");
    joins("t.0=old; t=%; t.1=old", NULL);
    joins("t=a; t=b; t.0=a", NULL);
    joins("t=whole; t.1=old", "whole");
}

static void refuses_a_broken_chunk(void **state)
{
    (void)state;
    joins("t.0=a; t.1=%", NULL);
}

static void knows_a_prefix(void **state)
{
    (void)state;
    assert_true(cookie_has_prefix("a=1; __Secure-x=2", "__Secure-"));
    assert_false(cookie_has_prefix("a=__Secure-x; x__Secure-=2; __secure-y=1", "__Secure-"));
    assert_false(cookie_has_prefix("__Secure-x", "__Secure-"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_cookie_among_others),
        cmocka_unit_test(takes_names_exactly),
        cmocka_unit_test(takes_none_of_two_that_differ),
        cmocka_unit_test(takes_two_that_say_the_same),
        cmocka_unit_test(takes_quotes_off),
        cmocka_unit_test(decodes_once),
        cmocka_unit_test(refuses_a_broken_encoding),
        cmocka_unit_test(refuses_a_value_that_is_too_long),
        cmocka_unit_test(finds_one_of_three_hundred),
        cmocka_unit_test(joins_chunks_in_any_order),
        cmocka_unit_test(ends_chunks_at_a_gap),
        cmocka_unit_test(takes_no_chunks_that_are_there_twice),
        cmocka_unit_test(takes_neither_chunks_nor_another_whole_cookie),
        cmocka_unit_test(refuses_a_broken_chunk),
        cmocka_unit_test(knows_a_prefix),
    };
    return cmocka_run_group_tests_name("auth_cookie", tests, NULL, NULL);
}
