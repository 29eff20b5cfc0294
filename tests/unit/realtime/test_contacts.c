#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/realtime/roster.h"
#include "gateway/realtime/user.h"

static struct rig {
    struct users users;
    struct roster roster;
    struct user *people[6];
} * rig;

static int set_up(void **state)
{
    static const char *const names[] = {"alice", "bob", "carol", "dave", "erin", "frank"};

    (void)state;
    rig = mem_zalloc(sizeof(*rig));
    for (size_t i = 0; i < 6; i++)
        rig->people[i] = users_enter(&rig->users, NULL, names[i]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        roster_remove_all(&rig->roster, rig->people[i]);
        users_leave(&rig->users, rig->people[i]);
    }
    assert_int_equal(users_count(&rig->users), 0);
    assert_null(rig->roster.gatherings);
    assert_null(rig->roster.seats);
    free(rig);
    return 0;
}

static void a_set_holds_each_once_in_whatever_order_they_came(void **state)
{
    static const size_t order[] = {3, 0, 5, 2, 1, 4};
    struct contacts contacts = {0};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        assert_true(contacts_add(&contacts, rig->people[order[i]]));
    assert_false(contacts_add(&contacts, rig->people[3]));
    assert_int_equal(contacts.count, 6);
    assert_true(contacts_remove(&contacts, rig->people[0]));
    assert_true(contacts_remove(&contacts, rig->people[5]));
    assert_false(contacts_remove(&contacts, rig->people[5]));
    assert_int_equal(contacts.count, 4);
    for (size_t i = 1; i < 5; i++)
        assert_true(contacts_hold(&contacts, rig->people[i]));
    assert_false(contacts_hold(&contacts, rig->people[0]));
    contacts_release(&contacts);
}

static void an_empty_set_holds_nobody(void **state)
{
    struct contacts contacts = {0};

    (void)state;
    assert_false(contacts_hold(&contacts, rig->people[0]));
    assert_false(contacts_remove(&contacts, rig->people[0]));
    contacts_release(&contacts);
}

static void two_share_while_both_are_in_one_conversation(void **state)
{
    struct roster *roster = &rig->roster;
    struct user *alice = rig->people[0], *bob = rig->people[1];

    (void)state;
    assert_true(roster_add(roster, alice, "tea"));
    assert_false(roster_add(roster, alice, "tea"));
    assert_true(roster_add(roster, alice, "cup"));
    assert_true(roster_add(roster, alice, "pot"));
    assert_true(roster_add(roster, bob, "milk"));
    assert_false(roster_share(roster, alice, bob));
    roster_add(roster, bob, "pot");
    assert_true(roster_share(roster, alice, bob));
    assert_true(roster_share(roster, bob, alice));
    assert_true(roster_holds(roster, bob, "pot"));
    assert_true(roster_remove(roster, alice, "pot"));
    assert_false(roster_remove(roster, alice, "pot"));
    assert_false(roster_remove(roster, alice, "none"));
    assert_false(roster_share(roster, alice, bob));
    assert_int_equal(alice->seat_count, 2);
}

static void count(void *context, struct user *user)
{
    (void)user;
    ++*(size_t *)context;
}

static void a_conversation_knows_who_of_those_here_is_in_it(void **state)
{
    size_t seen = 0;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        roster_add(&rig->roster, rig->people[i], i < 4 ? "tea" : "cup");
    assert_int_equal(roster_each_user(&rig->roster, "tea", count, &seen), 4);
    assert_int_equal(seen, 4);
    roster_remove_all(&rig->roster, rig->people[0]);
    assert_int_equal(roster_each_user(&rig->roster, "tea", count, &seen), 3);
    assert_int_equal(roster_each_user(&rig->roster, "none", count, &seen), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_set_holds_each_once_in_whatever_order_they_came),
        TEST(an_empty_set_holds_nobody),
        TEST(two_share_while_both_are_in_one_conversation),
        TEST(a_conversation_knows_who_of_those_here_is_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
