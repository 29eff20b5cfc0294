#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void refresh(struct page *page, const char *user, const char *claims)
{
    char data[4200];

    snprintf(data, sizeof(data), "{\"token\":\"%s\"}", realtime_token(page->rig, user, claims));
    page_ask(page, "auth:refresh", data);
}

static void anothers_token_and_a_bad_one_change_nothing(void **state)
{
    struct page page;

    page_open(&page, *state, "alice");
    refresh(&page, "bob", "");
    page_expect_refusal(&page, "forbidden");
    refresh(&page, "alice", "\"exp\":1000000000");
    page_expect_refusal(&page, "token_expired");
    page_ask(&page, "auth:refresh", "{}");
    page_expect_refusal(&page, "token_missing");
    page_expect_quiet(&page);
    page_close(&page);
}

static void a_longer_token_moves_the_end_and_is_warned_of_anew(void **state)
{
    struct realtime_rig *rig = *state;
    char claims[64];
    struct page page;
    long long now;

    now = clock_wall_seconds(&rig->store.clock);
    snprintf(claims, sizeof(claims), "\"iat\":%lld,\"exp\":%lld", now, now + 100);
    page_open_as(&page, rig, "alice", claims, NULL);
    realtime_advance(rig, 92000);
    page_expect_event(&page, "auth:expiring", "");
    refresh(&page, "alice", claims);
    assert_non_null(strstr(page_hear(&page), "\"ack\"")); /* it ends no later: no second warning */
    page_expect_event(&page, "auth:refreshed", "");
    page_expect_quiet(&page);
    refresh(&page, "alice", "");
    page_await(&page, "auth:refreshed");
    realtime_advance(rig, 60000);
    page_expect_quiet(&page);
    realtime_advance(rig, 3300000);
    page_expect_event(&page, "auth:expiring", "");
    page_close(&page);
}

static void what_the_new_claims_do_not_allow_ends(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open_as(&page, rig, "alice",
        "\"role\":\"admin\",\"topics\":[\"extra\",\"conversation:tea\"]", NULL);
    page_ask(&page, "subscribe", "\"role:admin\"");
    page_await(&page, "\"ok\":true");
    page_ask(&page, "subscribe", "\"extra\"");
    page_await(&page, "\"ok\":true");
    page_ask(&page, "subscribe", "\"conversation:tea\"");
    page_await(&page, "\"ok\":true");
    page_ask(&page, "subscribe", "\"public:news\"");
    page_await(&page, "\"ok\":true");
    assert_int_equal(realtime_counted(rig).subscriptions, 4);
    refresh(&page, "alice", "\"role\":\"guest\"");
    page_await(&page, "auth:refreshed");
    realtime_await_subscriptions(rig, 1); /* whether alice is a member, the store has to say */
    page_ask(&page, "subscribe", "\"role:admin\"");
    page_expect_refusal(&page, "forbidden");
    page_ask(&page, "subscribe", "\"role:guest\"");
    page_await(&page, "\"ok\":true");
    page_close(&page);
}

static void a_revoked_one_is_refused(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open(&page, rig, "alice");
    rig_sql(&rig->store, "INSERT INTO revocations (user_id) VALUES ('alice')");
    page_expect_close(&page, 4403);
    assert_int_equal(realtime_counted(rig).revoked, 1);
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(anothers_token_and_a_bad_one_change_nothing),
        REALTIME_TEST(a_longer_token_moves_the_end_and_is_warned_of_anew),
        REALTIME_TEST(what_the_new_claims_do_not_allow_ends),
        REALTIME_TEST(a_revoked_one_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
