#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base64url.h"
#include "gateway/framing/seal.h"

static int set_up(void **state)
{
    *state = seal_new();
    return 0;
}

static int tear_down(void **state)
{
    seal_free(*state);
    return 0;
}

static void a_mark_comes_back_as_it_went(void **state)
{
    static const uint32_t marks[] = {0, 1, 0x01020304, UINT32_MAX};
    unsigned char sealed[SEAL_MARK_SIZE];
    uint32_t mark;

    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        seal_mark(*state, 7, marks[i], sealed);
        assert_true(seal_open_mark(*state, 7, sealed, sizeof(sealed), &mark));
        assert_int_equal(mark, marks[i]);
    }
}

static void nobody_makes_a_mark_of_his_own(void **state)
{
    unsigned char sealed[SEAL_MARK_SIZE + 1] = {0};
    uint32_t mark;

    seal_mark(*state, 7, 1, sealed);
    for (size_t i = 0; i < SEAL_MARK_SIZE; i++) {
        sealed[i] ^= 1;
        assert_false(seal_open_mark(*state, 7, sealed, SEAL_MARK_SIZE, &mark));
        sealed[i] ^= 1;
    }
    assert_false(seal_open_mark(*state, 8, sealed, SEAL_MARK_SIZE, &mark));
    assert_false(seal_open_mark(*state, 7, sealed, SEAL_MARK_SIZE - 1, &mark));
    assert_false(seal_open_mark(*state, 7, sealed, SEAL_MARK_SIZE + 1, &mark));
    assert_false(seal_open_mark(*state, 7, "", 0, &mark));

    struct seal *other = seal_new();
    assert_false(seal_open_mark(other, 7, sealed, SEAL_MARK_SIZE, &mark));
    seal_free(other);
}

static void a_name_is_the_sessions_alone(void **state)
{
    char name[RANDOM_NAME_SIZE], again[RANDOM_NAME_SIZE];
    struct seal *other = seal_new();

    assert_int_equal(strlen(seal_name(*state, 7, name)), RANDOM_NAME_SIZE - 1);
    assert_string_equal(seal_name(*state, 7, again), name);
    assert_string_not_equal(seal_name(*state, 8, again), name);
    assert_string_not_equal(seal_name(other, 7, again), name);
    seal_free(other);
}

#define SEAL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* The client knows its name: none of it may serve as the seal of a mark. */
static void a_name_seals_no_mark(void **state)
{
    unsigned char sealed[4 + RANDOM_NAME_SIZE] = {0};
    char name[RANDOM_NAME_SIZE];
    uint32_t mark;
    size_t len;

    seal_name(*state, 7, name);
    assert_true(base64url_decode(name, strlen(name), sealed + 4, &len));
    assert_false(seal_open_mark(*state, 7, sealed, SEAL_MARK_SIZE, &mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEAL_TEST(a_mark_comes_back_as_it_went),
        SEAL_TEST(nobody_makes_a_mark_of_his_own),
        SEAL_TEST(a_name_is_the_sessions_alone),
        SEAL_TEST(a_name_seals_no_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
