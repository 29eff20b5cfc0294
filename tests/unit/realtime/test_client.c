#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

/* For a token of 100 s, the warning comes 10 s before it expires, and the leeway is 30 s. */
static void is_warned_of_its_tokens_end_and_closed_behind_it(void **state)
{
    struct realtime_rig *rig = *state;
    char claims[64];
    struct page page;

    snprintf(claims, sizeof(claims), "\"exp\":%lld",
        (long long)clock_wall_seconds(&rig->store.clock) + 100);
    page_open_as(&page, rig, "alice", claims, NULL);
    realtime_advance(rig, 80000);
    page_expect_quiet(&page);
    realtime_advance(rig, 12000);
    page_expect_event(&page, "auth:expiring", "\"expiresIn\":");
    realtime_advance(rig, 20000);
    page_expect_quiet(&page);
    realtime_advance(rig, 20000);
    page_expect_close(&page, 4401);
    assert_int_equal(realtime_counted(rig).expired, 1);
    page_close(&page);
}

static void a_wall_clock_that_jumps_over_the_end_closes_it(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open(&page, rig, "alice");
    rig->store.wall_offset += 2 * 3600 * 1000;
    realtime_advance(rig, 1100);
    realtime_advance(rig, 100);
    page_expect_close(&page, 4401);
    page_close(&page);
}

/* A burst of 100, and as many further subscriptions as topics are allowed: 8. */
static void too_much_is_refused_and_joining_has_a_budget_of_its_own(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;
    int refused = 0;

    page_open(&page, rig, "alice");
    for (int i = 0; i < 140; i++)
        page_ask(&page, "no:such", "1");
    for (int i = 0; i < 140; i++)
        refused += strstr(page_hear(&page), "rate_limited") != NULL;
    assert_in_range(refused, 20, 40);
    for (int i = 0; i < 8; i++) {
        page_ask(&page, "unsubscribe", "\"public:none\"");
        page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:none\"}");
    }
    assert_int_equal(realtime_counted(rig).rate_limited, refused);
    page_close(&page);
}

static void a_flood_closes_it(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    rig->settings.rate = (struct rate_limit){.each_second = 1, .burst = 1};
    realtime_update(rig->realtime, &rig->settings);
    page_open(&page, rig, "alice");
    for (int i = 0; i < 1100; i++)
        page_say(&page, "ping", "null");
    realtime_await_clients(rig, 0);
    assert_int_equal(realtime_counted(rig).floods, 1);
    page_close(&page);
}

static void a_users_tabs_are_one_user_until_the_last_is_gone(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two;

    page_open(&one, rig, "alice");
    page_open(&two, rig, "alice");
    assert_int_equal(realtime_counted(rig).users, 1);
    assert_int_equal(realtime_counted(rig).clients, 2);
    page_close(&one);
    page_close(&two);
    realtime_await_clients(rig, 0);
    assert_int_equal(realtime_counted(rig).users, 0);
    /* The grace of presence, which ends the user. */
    realtime_advance(rig, 6000);
    realtime_advance(rig, 200);
    assert_int_equal(realtime_counted(rig).users, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(is_warned_of_its_tokens_end_and_closed_behind_it),
        REALTIME_TEST(a_wall_clock_that_jumps_over_the_end_closes_it),
        REALTIME_TEST(too_much_is_refused_and_joining_has_a_budget_of_its_own),
        REALTIME_TEST(a_flood_closes_it),
        REALTIME_TEST(a_users_tabs_are_one_user_until_the_last_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
