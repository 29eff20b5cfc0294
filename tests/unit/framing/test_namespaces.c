#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "gateway/framing/namespaces.h"

static void begins_empty(void **state)
{
    struct namespaces namespaces = {0};

    (void)state;
    assert_int_equal(namespaces_state(&namespaces, "/"), NAMESPACE_NONE);
    assert_int_equal(namespaces_state(&namespaces, "/a"), NAMESPACE_NONE);
    namespaces_release(&namespaces);
}

static void keeps_the_state_of_each(void **state)
{
    struct namespaces namespaces = {0};

    (void)state;
    assert_int_equal(namespaces_set(&namespaces, "/", NAMESPACE_JOINED), 0);
    assert_int_equal(namespaces_set(&namespaces, "/a", NAMESPACE_ASKED), 0);
    assert_int_equal(namespaces_set(&namespaces, "/ab", NAMESPACE_ASKED), 0);
    assert_int_equal(namespaces_set(&namespaces, "/a", NAMESPACE_JOINED), 0);
    assert_int_equal(namespaces_state(&namespaces, "/"), NAMESPACE_JOINED);
    assert_int_equal(namespaces_state(&namespaces, "/a"), NAMESPACE_JOINED);
    assert_int_equal(namespaces_state(&namespaces, "/ab"), NAMESPACE_ASKED);
    namespaces_set(&namespaces, "/a", NAMESPACE_NONE);
    assert_int_equal(namespaces_state(&namespaces, "/a"), NAMESPACE_NONE);
    assert_int_equal(namespaces_state(&namespaces, "/ab"), NAMESPACE_ASKED);
    namespaces_release(&namespaces);
}

static void holds_a_bounded_number(void **state)
{
    struct namespaces namespaces = {0};
    char name[16];

    (void)state;
    for (int i = 0; i < NAMESPACES_MAX; i++) {
        snprintf(name, sizeof(name), "/%d", i);
        assert_int_equal(namespaces_set(&namespaces, name, NAMESPACE_ASKED), 0);
    }
    assert_int_equal(namespaces_set(&namespaces, "/one-more", NAMESPACE_ASKED), -1);
    assert_int_equal(namespaces_state(&namespaces, "/one-more"), NAMESPACE_NONE);
    assert_int_equal(namespaces_set(&namespaces, "/0", NAMESPACE_JOINED), 0);
    assert_int_equal(namespaces_set(&namespaces, "/", NAMESPACE_ASKED), 0);
    assert_int_equal(namespaces_set(&namespaces, "/3", NAMESPACE_NONE), 0);
    assert_int_equal(namespaces_set(&namespaces, "/one-more", NAMESPACE_ASKED), 0);
    namespaces_release(&namespaces);
}

static void add_name(void *context, const char *name)
{
    strcat(context, name);
}

static void shows_those_that_are_joined(void **state)
{
    struct namespaces namespaces = {0};
    char names[64] = "";

    (void)state;
    namespaces_set(&namespaces, "/", NAMESPACE_JOINED);
    namespaces_set(&namespaces, "/a", NAMESPACE_ASKED);
    namespaces_set(&namespaces, "/b", NAMESPACE_JOINED);
    namespaces_each_joined(&namespaces, add_name, names);
    assert_string_equal(names, "//b");
    namespaces_release(&namespaces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_empty),
        cmocka_unit_test(keeps_the_state_of_each),
        cmocka_unit_test(holds_a_bounded_number),
        cmocka_unit_test(shows_those_that_are_joined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
