#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/recent.h"

static void holds_the_last_ones(void **state)
{
    struct recent recent = {.next = 0};

    (void)state;
    for (int64_t id = 1; id <= RECENT_MAX + 1; id++)
        recent_note(&recent, &id, 1);
    assert_false(recent_holds(&recent, 0));
    assert_false(recent_holds(&recent, 1));
    assert_true(recent_holds(&recent, 2));
    assert_true(recent_holds(&recent, RECENT_MAX + 1));
}

static void forgets_what_is_set_back(void **state)
{
    const int64_t ids[] = {7, 8};
    struct recent recent = {.next = 0};

    (void)state;
    recent_note(&recent, ids, 2);
    recent_forget(&recent, ids, 1);
    assert_false(recent_holds(&recent, 7));
    assert_true(recent_holds(&recent, 8));
    recent_note(&recent, ids, 1);
    assert_true(recent_holds(&recent, 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_the_last_ones),
        cmocka_unit_test(forgets_what_is_set_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
