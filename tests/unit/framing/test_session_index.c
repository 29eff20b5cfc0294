#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/framing/session_index.h"

/* The index only keeps the pointers. */
static const struct peer *peer_of(uint64_t number)
{
    return (const struct peer *)(uintptr_t)(number * 16);
}

static void add(struct session_index *index, uint64_t number)
{
    session_index_add(index, number, peer_of(number));
}

static void finds_the_next_number(void **state)
{
    struct session_index index = {0};

    (void)state;
    assert_null(session_index_after(&index, 0));
    add(&index, 3);
    add(&index, 9);
    add(&index, 5); /* its handshake took longer */
    assert_int_equal(index.count, 3);
    assert_ptr_equal(session_index_after(&index, 0), peer_of(3));
    assert_ptr_equal(session_index_after(&index, 3), peer_of(5));
    assert_ptr_equal(session_index_after(&index, 4), peer_of(5));
    assert_ptr_equal(session_index_after(&index, 5), peer_of(9));
    assert_null(session_index_after(&index, 9));
    assert_null(session_index_after(&index, UINT64_MAX));
    session_index_remove(&index, 5);
    assert_ptr_equal(session_index_after(&index, 3), peer_of(9));
    session_index_remove(&index, 9);
    assert_null(session_index_after(&index, 3));
    session_index_remove(&index, 3);
    session_index_release(&index);
}

/* A walk in pages meets each that stays, once, whatever comes and goes between the pages. */
static void a_walk_meets_all_that_stay(void **state)
{
    struct session_index index = {0};
    const struct peer *peer;
    uint64_t at = 0, next = 10000;
    size_t met = 0;

    (void)state;
    for (uint64_t number = 1; number <= 5000; number++)
        add(&index, number);
    while ((peer = session_index_after(&index, at))) {
        at = (uintptr_t)peer / 16;
        if (at <= 5000 && at % 5 == 0)
            met++;
        if (at < 5000 && at % 5 != 0)
            session_index_remove(&index, at);
        if (at < 5000)
            add(&index, next++);
        if (at >= 10000)
            break;
    }
    assert_int_equal(met, 1000);
    for (uint64_t number = 1; number <= 5000; number++)
        if (number % 5 == 0)
            session_index_remove(&index, number);
    for (uint64_t number = 10000; number < next; number++)
        session_index_remove(&index, number);
    assert_int_equal(index.count, 0);
    assert_true(index.room <= 64);
    session_index_release(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_next_number),
        cmocka_unit_test(a_walk_meets_all_that_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
