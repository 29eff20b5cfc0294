#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/store/changed_rows.h"

#define NOW 1000000

static int set_up(void **state)
{
    static struct changed_rows changes;

    changed_rows_init(&changes);
    *state = &changes;
    return 0;
}

static int tear_down(void **state)
{
    changed_rows_release(*state);
    return 0;
}

static void waits_a_moment_from_a_users_first_change_on(void **state)
{
    struct changed_rows *changes = *state;

    assert_true(changed_rows_pause(changes, NOW) == INT64_MAX);
    changed_rows_note(changes, "alice", 1, ROW_UPDATED, NOW);
    changed_rows_note(changes, "alice", 2, ROW_UPDATED, NOW + 60);
    changed_rows_note(changes, "bob", 3, ROW_UPDATED, NOW + 70);
    assert_int_equal(changed_rows_pause(changes, NOW + 70), CHANGED_ROWS_MS - 70);
    assert_int_equal(changed_rows_pause(changes, NOW + CHANGED_ROWS_MS), 0);
    changed_rows_drop(changes, changed_rows_first(changes), 2);
    assert_int_equal(changed_rows_pause(changes, NOW + CHANGED_ROWS_MS), 70);
}

static void has_each_row_once_in_order_of_id(void **state)
{
    struct changed_rows *changes = *state;
    const struct changed_rows_user *first;

    changed_rows_note(changes, "alice", 7, ROW_UPDATED, NOW);
    changed_rows_note(changes, "alice", 3, ROW_REMOVED, NOW);
    changed_rows_note(changes, "alice", 7, ROW_READ, NOW);
    changed_rows_note(changes, "alice", 5, ROW_READ, NOW);
    changed_rows_note(changes, "alice", 7, ROW_UPDATED, NOW);
    first = changed_rows_first(changes);
    assert_string_equal(first->user, "alice");
    assert_int_equal(first->count, 3);
    assert_int_equal(changes->count, 3);
    assert_int_equal(first->rows[0].id, 3);
    assert_int_equal(first->rows[1].id, 5);
    assert_int_equal(first->rows[2].id, 7);
    assert_int_equal(first->rows[2].what, ROW_UPDATED | ROW_READ);
}

static void drops_what_was_told_and_keeps_the_rest(void **state)
{
    struct changed_rows *changes = *state;

    for (int64_t id = 9; id > 0; id--)
        changed_rows_note(changes, "alice", id, ROW_REMOVED, NOW);
    changed_rows_drop(changes, changed_rows_first(changes), 4);
    changed_rows_note(changes, "alice", 2, ROW_REMOVED, NOW + 1);
    assert_int_equal(changed_rows_first(changes)->rows[0].id, 2);
    assert_int_equal(changed_rows_first(changes)->rows[1].id, 5);
    changed_rows_drop(changes, changed_rows_first(changes), 6);
    assert_null(changed_rows_first(changes));
    assert_int_equal(changes->count, 0);
}

static void waits_for_nothing_when_it_is_full(void **state)
{
    struct changed_rows *changes = *state;

    for (int64_t id = 1; changed_rows_have_room(changes); id++)
        changed_rows_note(changes, id % 2 ? "alice" : "bob", id, ROW_REMOVED, NOW);
    assert_int_equal(changes->count, CHANGED_ROWS_MAX);
    assert_int_equal(changed_rows_pause(changes, NOW), 0);
    for (int64_t id = 9999; changed_rows_have_room_for_new(changes); id++)
        changed_rows_note(changes, "alice", id, ROW_UPDATED, NOW);
    assert_int_equal(changes->count, CHANGED_ROWS_MAX + CHANGED_ROWS_NEW);
    changed_rows_drop(changes, changed_rows_first(changes), CHANGED_ROWS_NEW);
    assert_true(changed_rows_have_room_for_new(changes));
    assert_false(changed_rows_have_room(changes));
    changed_rows_drop(changes, changed_rows_first(changes), 1);
    assert_true(changed_rows_have_room(changes));
    assert_int_equal(changed_rows_pause(changes, NOW), CHANGED_ROWS_MS);
}

int main(void)
{
#define ROWS_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ROWS_TEST(waits_a_moment_from_a_users_first_change_on),
        ROWS_TEST(has_each_row_once_in_order_of_id),
        ROWS_TEST(drops_what_was_told_and_keeps_the_rest),
        ROWS_TEST(waits_for_nothing_when_it_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
