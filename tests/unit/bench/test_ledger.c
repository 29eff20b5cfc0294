#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "bench/load/ledger.h"

static struct ledger ledger;

static int make(void **state)
{
    (void)state;
    ledger_init(&ledger, 2, 2);
    return 0;
}

static int release(void **state)
{
    (void)state;
    ledger_release(&ledger);
    return 0;
}

static void passes_what_came_once_and_in_order(void **state)
{
    struct reason why;

    (void)state;
    for (uint32_t i = 0; i < 5; i++) {
        assert_true(ledger_enter(&ledger, 0, 0, i));
        assert_true(ledger_enter(&ledger, 0, 1, i));
        assert_true(ledger_enter(&ledger, 1, 0, i));
    }
    assert_int_equal(ledger_judge(&ledger, 15, &why), 0);
}

static void misses_what_was_lost_in_the_middle_and_at_the_end(void **state)
{
    struct reason why;

    (void)state;
    ledger_enter(&ledger, 0, 0, 0);
    ledger_enter(&ledger, 0, 0, 2);
    assert_int_equal(ledger_judge(&ledger, 4, &why), -1);
    assert_non_null(strstr(why.text, "of 4 deliveries 2 are lost, 0 doubled, 0 out of order"));
}

static void sees_what_came_twice(void **state)
{
    struct reason why;

    (void)state;
    assert_true(ledger_enter(&ledger, 1, 1, 0));
    assert_false(ledger_enter(&ledger, 1, 1, 0));
    assert_int_equal(ledger_judge(&ledger, 1, &why), -1);
    assert_non_null(strstr(why.text, "0 are lost, 1 doubled"));
}

static void sees_what_was_overtaken(void **state)
{
    struct reason why;

    (void)state;
    ledger_enter(&ledger, 0, 0, 1);
    ledger_enter(&ledger, 0, 0, 0);
    assert_int_equal(ledger_judge(&ledger, 2, &why), -1);
    assert_non_null(strstr(why.text, "0 are lost, 0 doubled, 1 out of order"));
}

static void sees_what_was_not_for_its_receiver(void **state)
{
    struct reason why;

    (void)state;
    assert_false(ledger_enter(&ledger, 2, 0, 0));
    assert_false(ledger_enter(&ledger, 0, 2, 0));
    assert_int_equal(ledger_judge(&ledger, 0, &why), -1);
    assert_non_null(strstr(why.text, "2 not for their receiver"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(passes_what_came_once_and_in_order, make, release),
        cmocka_unit_test_setup_teardown(
            misses_what_was_lost_in_the_middle_and_at_the_end, make, release),
        cmocka_unit_test_setup_teardown(sees_what_came_twice, make, release),
        cmocka_unit_test_setup_teardown(sees_what_was_overtaken, make, release),
        cmocka_unit_test_setup_teardown(sees_what_was_not_for_its_receiver, make, release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
