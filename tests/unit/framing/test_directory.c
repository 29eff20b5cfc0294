/*
 * The table of sessions without a socket: found by their id alone, of their own
 * kind alone, and counted in all and by address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/framing/directory.h"

struct object {
    struct directory_entry entry;
    int code;
};

static void object_close(void *object, int code, const char *reason)
{
    (void)reason;
    ((struct object *)object)->code = code;
}

static struct directory *ended_in;

static void object_end(void *object)
{
    directory_leave(ended_in, &((struct object *)object)->entry, DIRECTORY_LEFT);
}

static const struct directory_kind kind = {"object", object_close, object_end},
                                   other = {"other", object_close, object_end};
static const struct directory_limits limits = {.max = 4, .max_per_address = 2};

static enum directory_verdict object_enter(
    struct directory *directory, struct object *object, const char *sid, const char *address)
{
    memset(object, 0, sizeof(*object));
    snprintf(object->entry.sid, sizeof(object->entry.sid), "%s", sid);
    object->entry.kind = &kind;
    object->entry.object = object;
    return directory_enter(directory, &object->entry, address, &limits);
}

static void test_finds(void **state)
{
    struct directory *directory = directory_new();
    struct object one;

    (void)state;
    assert_int_equal(object_enter(directory, &one, "one", NULL), DIRECTORY_ENTERED);
    assert_ptr_equal(directory_find(directory, &kind, "one"), &one);
    assert_null(directory_find(directory, &other, "one"));
    assert_null(directory_find(directory, &kind, "on"));
    assert_int_equal(directory_counters(directory)->unknown, 2);
    directory_leave(directory, &one.entry, DIRECTORY_LEFT);
    directory_leave(directory, &one.entry, DIRECTORY_LEFT);
    assert_null(directory_find(directory, &kind, "one"));
    assert_int_equal(directory_counters(directory)->sessions, 0);
    directory_free(directory);
}

static void test_limits(void **state)
{
    struct directory *directory = directory_new();
    struct object all[6];

    (void)state;
    assert_int_equal(object_enter(directory, &all[0], "0", "192.0.2.1"), DIRECTORY_ENTERED);
    assert_int_equal(object_enter(directory, &all[1], "1", "192.0.2.1"), DIRECTORY_ENTERED);
    assert_int_equal(object_enter(directory, &all[2], "2", "192.0.2.1"), DIRECTORY_ADDRESS_FULL);
    assert_int_equal(object_enter(directory, &all[3], "3", NULL), DIRECTORY_ENTERED);
    assert_int_equal(object_enter(directory, &all[4], "4", NULL), DIRECTORY_ENTERED);
    assert_int_equal(object_enter(directory, &all[5], "5", NULL), DIRECTORY_FULL);
    directory_leave(directory, &all[0].entry, DIRECTORY_LEFT);
    assert_int_equal(object_enter(directory, &all[2], "2", "192.0.2.1"), DIRECTORY_ENTERED);
    assert_int_equal(directory_counters(directory)->refused_address, 1);
    assert_int_equal(directory_counters(directory)->refused_full, 1);
    for (int i = 1; i < 5; i++)
        directory_leave(directory, &all[i].entry, DIRECTORY_LEFT);
    directory_free(directory);
}

static void test_closes_the_oldest(void **state)
{
    struct directory *directory = directory_new();
    struct object all[3];

    (void)state;
    for (int i = 0; i < 3; i++)
        object_enter(directory, &all[i], (const char *[]){"0", "1", "2"}[i], NULL);
    directory_close(directory, 2, 1012, "");
    assert_int_equal(all[0].code, 1012);
    assert_int_equal(all[1].code, 1012);
    assert_int_equal(all[2].code, 0);
    directory_close(directory, 1, 4000, ""); /* those that are closing already do not count */
    assert_int_equal(all[0].code, 1012);
    assert_int_equal(all[2].code, 4000);
    ended_in = directory;
    directory_end(directory);
    assert_int_equal(directory_counters(directory)->sessions, 0);
    directory_free(directory);
}

static void test_counts_causes(void **state)
{
    static const struct {
        int code;
        enum directory_cause cause;
    } cases[] = {{1000, DIRECTORY_LEFT}, {1006, DIRECTORY_LEFT}, {1001, DIRECTORY_SILENT},
        {4408, DIRECTORY_SLOW}, {1009, DIRECTORY_BROKEN}, {4400, DIRECTORY_BROKEN},
        {1012, DIRECTORY_CLOSED}, {4401, DIRECTORY_CLOSED}};
    struct directory *directory = directory_new();
    struct object one;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t before = directory_counters(directory)->ended[cases[i].cause];

        assert_int_equal(directory_cause_of(cases[i].code), cases[i].cause);
        object_enter(directory, &one, "one", NULL);
        directory_leave(directory, &one.entry, cases[i].cause);
        directory_leave(directory, &one.entry, cases[i].cause);
        assert_int_equal(directory_counters(directory)->ended[cases[i].cause], before + 1);
    }
    directory_free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_closes_the_oldest),
        cmocka_unit_test(test_counts_causes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
