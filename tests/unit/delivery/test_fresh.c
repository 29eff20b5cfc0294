#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/fresh.h"

static void holds_what_the_delivery_has_yet_to_come_to(void **state)
{
    const int64_t ids[] = {3, 7, 9, 7};
    struct fresh fresh = {0};

    (void)state;
    fresh_note(&fresh, ids, 4, 7);
    assert_false(fresh_holds(&fresh, 3));
    assert_false(fresh_holds(&fresh, 7));
    assert_true(fresh_holds(&fresh, 9));
    fresh_note(&fresh, ids, 4, 0);
    assert_true(fresh_holds(&fresh, 7));
    assert_int_equal(fresh_count(&fresh), 3);
    fresh_release(&fresh);
    assert_false(fresh_holds(&fresh, 9));
}

static void remembers_no_more_than_its_bound(void **state)
{
    struct fresh fresh = {0};

    (void)state;
    for (int64_t id = 1; id <= FRESH_MAX + 10; id++)
        fresh_note(&fresh, &id, 1, 0);
    assert_true(fresh_holds(&fresh, FRESH_MAX));
    assert_false(fresh_holds(&fresh, FRESH_MAX + 1));
    fresh_release(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_what_the_delivery_has_yet_to_come_to),
        cmocka_unit_test(remembers_no_more_than_its_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
