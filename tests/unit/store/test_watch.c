#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/store/watch.h"

static int set_up(void **state)
{
    static struct watch watch;

    watch_init(&watch);
    *state = &watch;
    return 0;
}

static int tear_down(void **state)
{
    watch_release(*state);
    return 0;
}

static struct watched *find(const struct watch *watch, const char *user)
{
    return watch_find(watch, user, strlen(user));
}

static void finds_a_user_from_the_first_attach_to_the_last_detach(void **state)
{
    struct watch *watch = *state;

    assert_null(find(watch, "alice"));
    watch_attach(watch, "alice");
    watch_attach(watch, "alice");
    assert_int_equal(find(watch, "alice")->connections, 2);
    assert_null(find(watch, "alic"));
    assert_null(find(watch, "alice2"));
    assert_ptr_equal(watch_find(watch, "alice and more", 5), find(watch, "alice"));
    watch_detach(watch, "alice");
    assert_non_null(find(watch, "alice"));
    watch_detach(watch, "alice");
    assert_null(find(watch, "alice"));
}

static void does_not_mind_a_detach_too_many(void **state)
{
    struct watch *watch = *state;

    watch_detach(watch, "nobody");
    watch_attach(watch, "alice");
    watch_detach(watch, "alice");
    watch_detach(watch, "alice");
    assert_int_equal(watch_attach(watch, "alice")->connections, 1);
}

static void keeps_who_has_gone_until_that_is_written(void **state)
{
    struct watch *watch = *state;
    struct watched *alice = watch_attach(watch, "alice");

    assert_ptr_equal(TAILQ_FIRST(&watch->changed), alice);
    watch_written(watch, alice, 1);
    assert_true(TAILQ_EMPTY(&watch->changed));
    watch_detach(watch, "alice");
    assert_ptr_equal(TAILQ_FIRST(&watch->changed), alice);
    watch_written(watch, alice, 0);
    assert_true(TAILQ_EMPTY(&watch->changed));
    assert_int_equal(watch->by_user.count, 0);
}

static void takes_what_was_written_before_a_change_for_old(void **state)
{
    struct watch *watch = *state;
    struct watched *alice = watch_attach(watch, "alice");

    watch_attach(watch, "alice");
    watch_written(watch, alice, 1);
    assert_ptr_equal(TAILQ_FIRST(&watch->changed), alice);
}

static void gives_flagged_ones_once_and_in_turn(void **state)
{
    struct watch *watch = *state;
    struct watched *alice = watch_attach(watch, "alice");
    struct watched *bob = watch_attach(watch, "bob");
    unsigned flags = 0;

    assert_null(watch_take_flagged(watch, &flags));
    watch_flag(watch, bob, WATCH_DUE);
    watch_flag(watch, alice, WATCH_TELL);
    watch_flag(watch, bob, WATCH_RECOUNT);
    assert_ptr_equal(watch_take_flagged(watch, &flags), bob);
    assert_int_equal(flags, WATCH_DUE | WATCH_RECOUNT);
    assert_ptr_equal(watch_take_flagged(watch, &flags), alice);
    assert_null(watch_take_flagged(watch, &flags));
    watch_flag(watch, alice, WATCH_DUE);
    watch_detach(watch, "alice");
    assert_null(watch_take_flagged(watch, &flags));
}

static void counts_late_detaches_against_what_is_outdated(void **state)
{
    struct watch *watch = *state;

    watch_attach(watch, "alice");
    watch_attach(watch, "alice");
    watch_attach(watch, "bob");
    watch_begin_anew(watch);
    assert_null(find(watch, "alice"));
    assert_true(TAILQ_EMPTY(&watch->changed));
    watch_attach(watch, "alice");
    watch_detach(watch, "alice");
    watch_detach(watch, "alice");
    assert_int_equal(find(watch, "alice")->connections, 1);
    watch_detach(watch, "alice");
    assert_null(find(watch, "alice"));
    watch_detach(watch, "bob");
    assert_int_equal(watch->by_user.count, 1);
    watch_begin_anew(watch);
    assert_int_equal(watch->by_user.count, 0);
}

int main(void)
{
#define WATCH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WATCH_TEST(finds_a_user_from_the_first_attach_to_the_last_detach),
        WATCH_TEST(does_not_mind_a_detach_too_many),
        WATCH_TEST(keeps_who_has_gone_until_that_is_written),
        WATCH_TEST(takes_what_was_written_before_a_change_for_old),
        WATCH_TEST(gives_flagged_ones_once_and_in_turn),
        WATCH_TEST(counts_late_detaches_against_what_is_outdated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
