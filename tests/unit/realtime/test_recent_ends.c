#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/realtime/recent_ends.h"

#define SINCE 1000

static void add(struct recent_ends *ends, const char *user, uint64_t number, int64_t ended_at)
{
    struct recent_end end = {.number = number, .why = "test", .ended_at = ended_at};

    snprintf(end.user, sizeof(end.user), "%s", user);
    recent_ends_add(ends, &end);
}

static void gives_those_of_one_user_the_latest_first(void **state)
{
    struct recent_ends *ends = recent_ends_new(SINCE);
    const struct recent_end *found[3];

    (void)state;
    assert_int_equal(recent_ends_of(ends, "alice", found, 3), 0);
    add(ends, "alice", 1, 2001);
    add(ends, "bob", 2, 2002);
    add(ends, "alice", 3, 2003);
    assert_int_equal(recent_ends_of(ends, "alice", found, 3), 2);
    assert_int_equal(found[0]->number, 3);
    assert_int_equal(found[1]->number, 1);
    assert_int_equal(recent_ends_of(ends, "alice", found, 1), 1);
    assert_int_equal(found[0]->number, 3);
    assert_int_equal(recent_ends_of(ends, "ali", found, 3), 0);
    assert_int_equal(recent_ends_since(ends), SINCE);
    recent_ends_free(ends);
}

/* Two more than it holds: alice's first is gone, and her second is the oldest but one. */
static void the_oldest_makes_room(void **state)
{
    struct recent_ends *ends = recent_ends_new(SINCE);
    const struct recent_end *found[3];

    (void)state;
    add(ends, "bob", 1, 2001);
    add(ends, "alice", 2, 2002);
    add(ends, "alice", 3, 2003);
    for (uint64_t n = 4; n <= RECENT_ENDS; n++)
        add(ends, "carol", n, 3000);
    assert_int_equal(recent_ends_since(ends), SINCE);
    assert_int_equal(recent_ends_of(ends, "alice", found, 3), 2);
    add(ends, "carol", RECENT_ENDS + 1, 3001);
    add(ends, "carol", RECENT_ENDS + 2, 3002);
    assert_int_equal(recent_ends_of(ends, "bob", found, 3), 0);
    assert_int_equal(recent_ends_of(ends, "alice", found, 3), 1);
    assert_int_equal(found[0]->number, 3);
    assert_int_equal(recent_ends_since(ends), 2002);
    recent_ends_free(ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_those_of_one_user_the_latest_first),
        cmocka_unit_test(the_oldest_makes_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
