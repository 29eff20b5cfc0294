#include "tests/unit/files.h"

#include "fcgi/pairs.h"

#define OCTETS(text) text, sizeof(text) - 1

static int checks(const char *octets, size_t len)
{
    /* On the heap without a spare byte, so that a sanitizer notices reads beyond its end. */
    char *copy = malloc(len + !len);
    struct reason why;
    memcpy(copy, octets, len);
    int result = pairs_check(copy, len, &why);
    free(copy);
    return result;
}

static void takes_whole_pairs(void **state)
{
    (void)state;
    assert_int_equal(checks("", 0), 0);
    assert_int_equal(checks(OCTETS("\x01\x01"
                                   "ab")),
        0);
    assert_int_equal(checks(OCTETS("\x01\x00"
                                   "a")),
        0);
    assert_int_equal(checks(OCTETS("\x80\x00\x00\x01\x80\x00\x00\x01"
                                   "ab")),
        0);
    assert_int_equal(checks(OCTETS("\x01\x01"
                                   "ab"
                                   "\x01\x02"
                                   "cde")),
        0);
}

static void refuses_lengths_past_the_end(void **state)
{
    (void)state;
    assert_int_equal(checks(OCTETS("\x01")), -1);
    assert_int_equal(checks(OCTETS("\x80")), -1);
    assert_int_equal(checks(OCTETS("\x80\x00\x00")), -1);
    assert_int_equal(checks(OCTETS("\x01\x80\x00\x00")), -1);
    assert_int_equal(checks(OCTETS("\x01\x02"
                                   "ab")),
        -1);
    assert_int_equal(checks(OCTETS("\x03\x00"
                                   "ab")),
        -1);
    assert_int_equal(checks(OCTETS("\xff\xff\xff\xff\x01"
                                   "ab")),
        -1);
    assert_int_equal(checks(OCTETS("\x01\xff\xff\xff\xff"
                                   "ab")),
        -1);
    assert_int_equal(checks(OCTETS("\xff\xff\xff\xff\xff\xff\xff\xff"
                                   "ab")),
        -1);
}

static void refuses_what_is_no_string(void **state)
{
    (void)state;
    assert_int_equal(checks(OCTETS("\x00\x01"
                                   "b")),
        -1);
    assert_int_equal(checks(OCTETS("\x01\x01"
                                   "=b")),
        -1);
    assert_int_equal(checks(OCTETS("\x02\x01"
                                   "a b")),
        -1);
    assert_int_equal(checks(OCTETS("\x01\x01"
                                   "a\0")),
        -1);
    assert_int_equal(checks(OCTETS("\x01\x01"
                                   "\0b")),
        -1);
    assert_int_equal(checks(OCTETS("\x01\x02"
                                   "ab\n")),
        -1);
    assert_int_equal(checks(OCTETS("\x01\x02"
                                   "ab\r")),
        -1);
}

static void lets_certificates_have_lines(void **state)
{
    (void)state;
    assert_int_equal(checks(OCTETS("\x0f\x03"
                                   "SSL_CLIENT_CERTa\nb")),
        0);
    assert_int_equal(checks(OCTETS("\x0f\x03"
                                   "SSL_CLIENT_CERTa\0b")),
        -1);
}

static void refuses_too_many(void **state)
{
    char octets[(PAIRS_MAX + 1) * 3];

    (void)state;
    for (size_t i = 0; i < sizeof(octets); i += 3)
        memcpy(octets + i,
            "\x01\x00"
            "a",
            3);
    assert_int_equal(checks(octets, PAIRS_MAX * 3), 0);
    assert_int_equal(checks(octets, sizeof(octets)), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_whole_pairs),
        cmocka_unit_test(refuses_lengths_past_the_end),
        cmocka_unit_test(refuses_what_is_no_string),
        cmocka_unit_test(lets_certificates_have_lines),
        cmocka_unit_test(refuses_too_many),
    };
    return cmocka_run_group_tests_name("fcgi_pairs", tests, NULL, NULL);
}
