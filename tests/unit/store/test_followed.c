#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/store/followed.h"

static bool has(const struct followed *followed)
{
    return followed_has(followed, "conversation", 12);
}

static void counts_how_many_follow(void **state)
{
    struct followed followed;

    (void)state;
    followed_init(&followed);
    followed_remove(&followed, "conversation");
    assert_false(has(&followed));
    followed_add(&followed, "conversation");
    followed_add(&followed, "conversation");
    assert_false(followed_has(&followed, "conversation", 4));
    followed_remove(&followed, "conversation");
    assert_true(has(&followed));
    followed_remove(&followed, "conversation");
    assert_false(has(&followed));
    assert_null(followed.by_name);
}

/* Earlier followers leave late: that must not remove what was joined since. */
static void lets_those_from_before_leave_first(void **state)
{
    struct followed followed;

    (void)state;
    followed_init(&followed);
    followed_add(&followed, "conversation");
    followed_begin_anew(&followed);
    assert_false(has(&followed));
    followed_add(&followed, "conversation");
    followed_remove(&followed, "conversation");
    assert_true(has(&followed));
    followed_remove(&followed, "conversation");
    assert_null(followed.by_name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_how_many_follow),
        cmocka_unit_test(lets_those_from_before_leave_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
