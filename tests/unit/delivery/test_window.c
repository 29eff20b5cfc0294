#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/window.h"

#define SENT_AT 7

static struct window filled(void)
{
    struct window window = {0};

    /* Two bursts of three, marked 1 and 2. */
    for (int i = 0; i < 6; i++)
        window_add(&window, 100 + i, 10, i < 3 ? 1 : 2, SENT_AT, false);
    return window;
}

static void a_pong_settles_all_up_to_its_number(void **state)
{
    struct window window = filled();
    int64_t ids[6];

    (void)state;
    assert_int_equal(window_bytes(&window), 60);
    assert_int_equal(window_settle_through(&window, 0, ids, NULL).count, 0);
    assert_int_equal(window_settle_through(&window, 1, ids, NULL).count, 3);
    assert_int_equal(ids[0], 100);
    assert_int_equal(ids[2], 102);
    assert_int_equal(window_bytes(&window), 30);
    assert_false(window_holds(&window, 102));
    assert_true(window_holds(&window, 103));
    assert_int_equal(window_settle_through(&window, UINT32_MAX, ids, NULL).count, 3);
    assert_null(window.rows);
}

static void says_when_what_is_settled_was_sent(void **state)
{
    struct window window = {0};
    int64_t ids[3];
    uint32_t sent_at[3] = {0};

    (void)state;
    window_add(&window, 1, 10, 1, 1000, false);
    window_add(&window, 2, 10, 1, 1000, true);
    window_add(&window, 3, 10, 2, UINT32_MAX, false);
    assert_int_equal(window_settle_through(&window, 1, ids, sent_at).count, 2);
    assert_int_equal(sent_at[0], 1000);
    assert_int_equal(sent_at[1], 1000);
    assert_int_equal(window_settle_one(&window, 2, ids, sent_at).count, 1);
    assert_int_equal(sent_at[0], UINT32_MAX);
}

static void a_later_pong_covers_all_before_it(void **state)
{
    struct window window = filled();
    int64_t ids[6];

    (void)state;
    assert_int_equal(window_settle_through(&window, 2, ids, NULL).count, 6);
    assert_int_equal(ids[5], 105);
    assert_int_equal(window_count(&window), 0);
    assert_int_equal(window_bytes(&window), 0);
}

static void an_acknowledgement_settles_one_wherever_it_stands(void **state)
{
    struct window window = {0};
    int64_t ids[3];

    (void)state;
    for (uint32_t i = 1; i <= 3; i++)
        window_add(&window, i, 5, i, SENT_AT, false);
    assert_int_equal(window_settle_one(&window, 2, ids, NULL).count, 1);
    assert_int_equal(ids[0], 2);
    assert_int_equal(window_settle_one(&window, 2, ids, NULL).count, 0);
    assert_int_equal(window_settle_one(&window, 9, ids, NULL).count, 0);
    assert_int_equal(window_settle_all(&window, ids).count, 2);
    assert_int_equal(ids[0], 1);
    assert_int_equal(ids[1], 3);
    assert_int_equal(window_settle_all(&window, ids).count, 0);
}

static void what_another_confirmed_first_comes_out_last(void **state)
{
    struct window window = filled();
    struct window_settled settled;
    int64_t ids[6];

    (void)state;
    window_add(&window, 200, 10, 3, SENT_AT, true);
    window_forestall(&window, (const int64_t[]){101, 99, 104, 100}, 4);
    settled = window_settle_through(&window, 1, ids, NULL);
    assert_int_equal(settled.count, 3);
    assert_int_equal(settled.first, 1);
    assert_int_equal(ids[0], 102);
    assert_int_equal(ids[1], 100);
    assert_int_equal(ids[2], 101);
    assert_int_equal(window_settle_one(&window, 3, ids, NULL).first, 0);
    assert_int_equal(ids[0], 200);
    settled = window_settle_all(&window, ids);
    assert_int_equal(settled.count, 3);
    assert_int_equal(settled.first, 2);
    assert_int_equal(window_bytes(&window), 0);
    window_forestall(&window, (const int64_t[]){103}, 1);
}

static void grows_and_gives_its_memory_back(void **state)
{
    struct window window = {0};
    int64_t ids[1000];

    (void)state;
    for (int i = 0; i < 1000; i++)
        window_add(&window, i, 1, 1, SENT_AT, false);
    assert_int_equal(window_count(&window), 1000);
    assert_int_equal(window_settle_all(&window, ids).count, 1000);
    assert_null(window.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pong_settles_all_up_to_its_number),
        cmocka_unit_test(a_later_pong_covers_all_before_it),
        cmocka_unit_test(says_when_what_is_settled_was_sent),
        cmocka_unit_test(an_acknowledgement_settles_one_wherever_it_stands),
        cmocka_unit_test(what_another_confirmed_first_comes_out_last),
        cmocka_unit_test(grows_and_gives_its_memory_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
