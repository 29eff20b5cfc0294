#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/delivery/recent.h"

static void note_many(struct recent *recent, int64_t from, int64_t upto, int64_t at, int64_t pause)
{
    for (int64_t id = from; id <= upto; id++, at += pause)
        recent_note(recent, &id, 1, at);
}

static bool holds_all(const struct recent *recent, int64_t from, int64_t upto)
{
    for (int64_t id = from; id <= upto; id++)
        if (!recent_holds(recent, id))
            return false;
    return true;
}

static void holds_a_few_however_old(void **state)
{
    struct recent *recent = recent_new();

    (void)state;
    note_many(recent, 1, RECENT_FEW + 1, 0, RECENT_MS);
    assert_false(recent_holds(recent, 0));
    assert_false(recent_holds(recent, 1));
    assert_true(holds_all(recent, 2, RECENT_FEW + 1));
    recent_free(recent);
}

static void holds_all_of_a_burst_wherever_it_begins(void **state)
{
    (void)state;
    for (int64_t before = 0; before < 200; before += 33) {
        struct recent *recent = recent_new();

        note_many(recent, 1, before, 0, RECENT_MS);
        note_many(recent, before + 1, before + 300, before * RECENT_MS, 1);
        assert_true(holds_all(recent, before + 1, before + 300));
        recent_free(recent);
    }
}

static void holds_no_more_than_its_limit(void **state)
{
    struct recent *recent = recent_new();

    (void)state;
    note_many(recent, 1, RECENT_MAX + 1, 0, 0);
    assert_false(recent_holds(recent, 1));
    assert_true(holds_all(recent, 2, RECENT_MAX + 1));
    recent_free(recent);
}

static void forgets_what_is_set_back(void **state)
{
    const int64_t ids[] = {7, 8};
    struct recent *recent = recent_new();

    (void)state;
    recent_note(recent, ids, 2, 1);
    recent_forget(recent, ids, 1);
    assert_false(recent_holds(recent, 7));
    assert_true(recent_holds(recent, 8));
    recent_note(recent, ids, 1, 2);
    assert_true(recent_holds(recent, 7));
    recent_free(recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_a_few_however_old),
        cmocka_unit_test(holds_all_of_a_burst_wherever_it_begins),
        cmocka_unit_test(holds_no_more_than_its_limit),
        cmocka_unit_test(forgets_what_is_set_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
