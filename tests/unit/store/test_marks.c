#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/store/marks.h"
#include "gateway/store/store.h"

static int set_up(void **state)
{
    static struct marks marks;

    marks_init(&marks);
    *state = &marks;
    return 0;
}

static int tear_down(void **state)
{
    marks_release(*state);
    return 0;
}

static void keeps_them_in_order(void **state)
{
    struct marks *marks = *state;

    assert_true(marks_add(marks, "alice", 7, true, 100, 0));
    assert_true(marks_add(marks, "alice", 3, true, 200, 0));
    assert_int_equal(marks_first(marks)->id, 7);
    marks_remove(marks, marks_first(marks));
    assert_int_equal(marks_first(marks)->id, 3);
    marks_remove(marks, marks_first(marks));
    assert_null(marks_first(marks));
    assert_int_equal(marks->count, 0);
}

static void makes_one_of_a_row_confirmed_twice_and_keeps_the_first_time(void **state)
{
    struct marks *marks = *state;

    assert_true(marks_add(marks, "alice", 7, true, 100, 0));
    assert_false(marks_add(marks, "alice", 7, true, 200, 0));
    assert_int_equal(marks_first(marks)->attempts, 2);
    assert_int_equal(marks_confirmed_at(marks, "alice", 7), 100);
    assert_int_equal(marks->count, 1);
}

static void does_not_take_a_row_that_was_only_sent_for_confirmed(void **state)
{
    struct marks *marks = *state;

    marks_add(marks, "alice", 7, false, 100, 0);
    assert_int_equal(marks_confirmed_at(marks, "alice", 7), -1);
    assert_int_equal(marks_confirmed_at(marks, "alice", 8), -1);
    marks_add(marks, "alice", 7, true, 200, 0);
    assert_int_equal(marks_confirmed_at(marks, "alice", 7), 200);
    marks_add(marks, "alice", 7, false, 300, 0);
    assert_int_equal(marks_confirmed_at(marks, "alice", 7), 200);
    assert_int_equal(marks_first(marks)->attempts, 3);
}

static void forgets_what_is_beyond_its_bound(void **state)
{
    struct marks *marks = *state;

    for (int64_t id = 1; id <= STORE_UNMARKED_MAX; id++)
        assert_true(marks_add(marks, "alice", id, true, id, 0));
    assert_false(marks_add(marks, "alice", STORE_UNMARKED_MAX + 1, true, 1, 0));
    assert_int_equal(marks_confirmed_at(marks, "alice", STORE_UNMARKED_MAX + 1), -1);
    assert_false(marks_add(marks, "alice", 1, true, 9, 0));
    assert_int_equal(marks_first(marks)->attempts, 2);
    assert_int_equal(marks->count, STORE_UNMARKED_MAX);
}

static void keeps_marks_of_one_id_apart_by_user(void **state)
{
    struct marks *marks = *state;

    assert_true(marks_add(marks, "alice", 7, true, 100, 0));
    assert_true(marks_add(marks, "bob", 7, false, 0, 0));
    assert_true(marks_add(marks, "carol", 7, true, 300, 0));
    assert_int_equal(marks_confirmed_at(marks, "bob", 7), -1);
    assert_int_equal(marks_confirmed_at(marks, "carol", 7), 300);
    marks_remove(marks, marks_first(marks));
    assert_int_equal(marks_confirmed_at(marks, "alice", 7), -1);
    assert_int_equal(marks_confirmed_at(marks, "carol", 7), 300);
    marks_discount(marks, 7);
    assert_int_equal(marks_confirmed_at(marks, "carol", 7), -1);
    assert_int_equal(marks->count, 2);
}

static void are_due_as_the_first_of_them_and_their_number_say(void **state)
{
    struct marks *marks = *state;
    const struct traffic traffic = {.last = 1000, .before = 999};

    assert_int_equal(marks_due_at(marks, &traffic), INT64_MAX);
    marks_add(marks, "alice", 1, true, 0, 1000);
    marks_add(marks, "alice", 2, true, 0, 1010);
    assert_int_equal(marks_due_at(marks, &traffic), traffic_due_at(&traffic, 1000, 2));
    marks_remove(marks, marks_first(marks));
    assert_int_equal(marks_due_at(marks, &traffic), traffic_due_at(&traffic, 1010, 1));
    for (int64_t id = 3; id <= MARKS_BATCH + 1; id++)
        marks_add(marks, "alice", id, true, 0, 1011);
    assert_int_equal(marks_due_at(marks, &traffic), 1010);
}

int main(void)
{
#define MARKS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        MARKS_TEST(keeps_them_in_order),
        MARKS_TEST(makes_one_of_a_row_confirmed_twice_and_keeps_the_first_time),
        MARKS_TEST(does_not_take_a_row_that_was_only_sent_for_confirmed),
        MARKS_TEST(forgets_what_is_beyond_its_bound),
        MARKS_TEST(keeps_marks_of_one_id_apart_by_user),
        MARKS_TEST(are_due_as_the_first_of_them_and_their_number_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
