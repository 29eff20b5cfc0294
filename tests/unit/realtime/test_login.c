#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void expect_refused(struct realtime_rig *rig, const char *token, const char *code, int close)
{
    struct page page;
    char part[64];

    page_knock(&page, rig, token);
    snprintf(part, sizeof(part), "\"code\":\"%s\"", code);
    page_expect_event(&page, "error", part);
    page_expect_close(&page, close);
    page_close(&page);
}

static void each_bad_token_is_refused_by_its_name(void **state)
{
    struct realtime_rig *rig = *state;
    char forged[4096];

    snprintf(forged, sizeof(forged), "%s", realtime_token(rig, "alice", ""));
    forged[strlen(forged) - 2] ^= 1;
    expect_refused(rig, forged, "token_invalid", 4401);
    expect_refused(rig, realtime_token(rig, "alice", "\"exp\":1000000000"), "token_expired", 4401);
    assert_int_equal(realtime_counted(rig).refused, 2);
    assert_int_equal(realtime_counted(rig).accepted, 0);
    assert_true(rig_logged(&rig->store, "token refused"));
}

static void a_revoked_token_is_refused_for_good(void **state)
{
    struct realtime_rig *rig = *state;
    const char *token = realtime_token(rig, "alice", "");
    struct page page;

    /* In the second of the token, or later. */
    rig_sql(&rig->store, "INSERT INTO revocations (user_id) VALUES ('alice')");
    expect_refused(rig, token, "session_revoked", 4403);
    page_open(&page, rig, "bob");
    page_close(&page);
}

/* max_connections_per_user is 4. */
static void one_connection_too_many_is_sent_away_until_another_goes(void **state)
{
    struct realtime_rig *rig = *state;
    struct page pages[4], more;

    for (int i = 0; i < 4; i++)
        page_open(&pages[i], rig, "alice");
    expect_refused(rig, realtime_token(rig, "alice", ""), "too_many_connections", 4429);
    page_close(&pages[0]);
    realtime_await_clients(rig, 3);
    page_open(&more, rig, "alice");
    page_close(&more);
    for (int i = 1; i < 4; i++)
        page_close(&pages[i]);
}

static void whoever_goes_before_the_answer_leaves_nothing_behind(void **state)
{
    static const char connections[] =
        "SELECT COALESCE(SUM(connections), 0) FROM presence WHERE user_id = 'alice'";
    struct realtime_rig *rig = *state;
    struct page page;

    page_knock(&page, rig, realtime_token(rig, "alice", ""));
    page_close(&page);
    realtime_await_clients(rig, 0);
    realtime_await_users(rig, 0);
    page_open(&page, rig, "alice");
    assert_true(rig_await_integer(&rig->store, connections, 1, 5000));
    page_close(&page);
    assert_true(rig_await_integer(&rig->store, connections, 0, 5000));
}

static void options_may_come_later_and_only_from_who_it_is(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;
    char auth[4096];

    page_open_as(&page, rig, "alice", "", "{\"subscribe\":false}");
    rig_insert(&rig->store, "alice", 1);
    page_await(&page, "\"data\":1");
    snprintf(auth, sizeof(auth), "{\"token\":\"%s\",\"subscribe\":true}",
        realtime_token(rig, "bob", ""));
    page_say(&page, "auth", auth);
    page_expect_event(&page, "error", "forbidden");
    page_say(&page, "auth", "{\"subscribe\":true,\"ack\":true}");
    page_await(&page, "\"event\":\"notification\"");
    assert_non_null(strstr(page.heard, "\"id\":1"));
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(each_bad_token_is_refused_by_its_name),
        REALTIME_TEST(a_revoked_token_is_refused_for_good),
        REALTIME_TEST(one_connection_too_many_is_sent_away_until_another_goes),
        REALTIME_TEST(whoever_goes_before_the_answer_leaves_nothing_behind),
        REALTIME_TEST(options_may_come_later_and_only_from_who_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
