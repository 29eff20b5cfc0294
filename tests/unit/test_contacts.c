#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/realtime/contacts.h"

static void holds_each_once_in_whatever_order_they_came(void **state)
{
    static const char *const ids[] = {"carol", "alice", "bob", "alice", "alice"};
    struct names names = {0};
    struct contacts contacts = contacts_new(&names, ids, 5);

    (void)state;
    assert_int_equal(contacts.count, 3);
    assert_true(contacts_hold(&contacts, "alice"));
    assert_true(contacts_hold(&contacts, "carol"));
    assert_false(contacts_hold(&contacts, "bo"));
    assert_false(contacts_hold(&contacts, "dave"));
    contacts_release(&contacts, &names);
    assert_int_equal(names_count(&names), 0);
}

static void an_empty_set_holds_nobody(void **state)
{
    struct names names = {0};
    struct contacts contacts = contacts_new(&names, NULL, 0);

    (void)state;
    assert_false(contacts_hold(&contacts, ""));
    contacts_remove(&contacts, &names, "alice");
    contacts_release(&contacts, &names);
}

static void grows_and_shrinks_at_any_place(void **state)
{
    static const char *const order[] = {"m", "a", "z", "n", "b", "y"};
    struct names names = {0};
    struct contacts contacts = {0};

    (void)state;
    for (size_t i = 0; i < 6; i++)
        contacts_add(&contacts, &names, order[i]);
    contacts_add(&contacts, &names, "m");
    assert_int_equal(contacts.count, 6);
    for (size_t i = 1; i < contacts.count; i++)
        assert_true(strcmp(contacts.ids[i - 1], contacts.ids[i]) < 0);
    contacts_remove(&contacts, &names, "a");
    contacts_remove(&contacts, &names, "z");
    contacts_remove(&contacts, &names, "none");
    assert_int_equal(contacts.count, 4);
    assert_false(contacts_hold(&contacts, "a"));
    assert_true(contacts_hold(&contacts, "b"));
    contacts_release(&contacts, &names);
    assert_int_equal(names_count(&names), 0);
}

/* Or a conversation of a thousand would cost a million copies. */
static void sets_share_their_ids(void **state)
{
    static const char *const ids[] = {"alice", "bob"};
    struct names names = {0};
    struct contacts first = contacts_new(&names, ids, 2);
    struct contacts second = contacts_new(&names, ids, 2);

    (void)state;
    assert_int_equal(names_count(&names), 2);
    assert_ptr_equal(first.ids[0], second.ids[0]);
    contacts_release(&first, &names);
    assert_int_equal(names_count(&names), 2);
    assert_true(contacts_hold(&second, "bob"));
    contacts_release(&second, &names);
    assert_int_equal(names_count(&names), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_each_once_in_whatever_order_they_came),
        cmocka_unit_test(an_empty_set_holds_nobody),
        cmocka_unit_test(grows_and_shrinks_at_any_place),
        cmocka_unit_test(sets_share_their_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
