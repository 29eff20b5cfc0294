#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/again.h"

static void knows_its_own_confirmations_from_later_ones(void **state)
{
    struct again *again = again_new(1000);
    const int64_t ids[] = {7, 8};

    (void)state;
    again_note_sent(again, ids, 2, 1500);
    assert_true(again_has_sent(again, 7, 1400)); /* another was first: it is the same sending */
    assert_true(again_has_sent(again, 7, 1500));
    assert_false(again_has_sent(again, 7, 1501)); /* set back, and confirmed anew by another */
    assert_false(again_has_sent(again, 9, 1400));
    again_free(again);
}

static void remembers_no_more_than_its_bound(void **state)
{
    struct again *again = again_new(1000);
    int64_t id = 0;

    (void)state;
    for (; id < AGAIN_SENT_MAX + 10; id++)
        again_note_sent(again, &id, 1, 1500);
    assert_true(again_has_sent(again, AGAIN_SENT_MAX - 1, 1500));
    assert_false(again_has_sent(again, AGAIN_SENT_MAX, 1500));
    again_free(again);
}

static void covers_the_ids_up_to_where_the_delivery_stood(void **state)
{
    struct again *again = again_new(1000);
    int64_t after = 20;

    (void)state;
    again_want(again);
    assert_false(again_is_behind(again, 99));
    again_begin(again, 50, 40);
    assert_false(again_waits(again));
    assert_false(again_is_behind(again, 50));
    assert_true(again_is_behind(again, 51));
    assert_true(again_was_passed(again, 40));
    assert_false(again_was_passed(again, 41));
    assert_false(again_ends(again, &after, false));
    after = 60;
    assert_true(again_ends(again, &after, false));
    assert_int_equal(after, 50); /* the delivery goes on where it stood */
    again_free(again);
}

static void begins_anew_where_more_became_due(void **state)
{
    struct again *again = again_new(1000);
    int64_t after = 50;

    (void)state;
    again_begin(again, 50, 40);
    again_want(again);
    assert_false(again_ends(again, &after, true));
    again_begin(again, 10, 10); /* the limit counts the first time only */
    assert_true(again_is_behind(again, 51));
    assert_false(again_is_behind(again, 11));
    assert_true(again_was_passed(again, 40));
    assert_int_equal(again_started(again), 1000);
    again_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_its_own_confirmations_from_later_ones),
        cmocka_unit_test(remembers_no_more_than_its_bound),
        cmocka_unit_test(covers_the_ids_up_to_where_the_delivery_stood),
        cmocka_unit_test(begins_anew_where_more_became_due),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
