#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void joins_and_leaves(void **state)
{
    struct page page;

    page_open(&page, *state, "alice");
    page_ask(&page, "subscribe", "\"public:news\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:news\"}");
    page_ask(&page, "subscribe", "{\"topic\":\"public:news\"}");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:news\"}");
    assert_int_equal(realtime_counted(*state).subscriptions, 1);
    page_ask(&page, "unsubscribe", "\"public:news\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:news\"}");
    assert_int_equal(realtime_counted(*state).topics, 0);
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(joins_and_leaves, realtime_set_up, realtime_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
