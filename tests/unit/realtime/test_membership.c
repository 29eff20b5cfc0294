#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void say(struct realtime_rig *rig, const char *content)
{
    rig_sql(&rig->store,
        "INSERT INTO messages (conversation_id, sender_id, content) VALUES ('tea', 'bob', '%s')",
        content);
}

static void only_members_come_in(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "\"conversation:tea\"");
    page_expect_refusal(&page, "forbidden");
    realtime_member(rig, "tea", "alice");
    page_ask(&page, "subscribe", "\"conversation:tea\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"conversation:tea\"}");
    say(rig, "hello");
    page_expect_event(&page, "message", "hello");
    page_close(&page);
}

static void whom_the_token_lets_in_need_be_no_member(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open_as(&page, rig, "alice", "\"topics\":[\"conversation:t*\"]", NULL);
    page_ask(&page, "subscribe", "\"conversation:tea\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"conversation:tea\"}");
    page_close(&page);
}

static void what_was_missed_comes_behind_the_answer_and_nothing_twice(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    realtime_member(rig, "tea", "alice");
    say(rig, "one");
    say(rig, "two");
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "{\"topic\":\"conversation:tea\",\"since\":\"1\"}");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"conversation:tea\",\"hasMore\":false}");
    page_expect_event(&page, "message", "two");
    say(rig, "three");
    page_expect_event(&page, "message", "three");
    page_ask(&page, "subscribe", "{\"topic\":\"conversation:tea\",\"since\":\"x\"}");
    page_expect_refusal(&page, "bad_request");
    page_close(&page);
}

static void who_leaves_before_the_answer_has_been_in_and_is_out(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    realtime_member(rig, "tea", "alice");
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "\"conversation:tea\"");
    page_ask(&page, "unsubscribe", "\"conversation:tea\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"conversation:tea\"}");
    page_expect(&page, "{\"ack\":1,\"data\":{\"ok\":true,\"topic\":\"conversation:tea\"}}");
    say(rig, "hello");
    page_expect_quiet(&page);
    assert_int_equal(realtime_counted(rig).subscriptions, 0);
    page_close(&page);
}

static void who_loses_the_membership_loses_the_topic_and_is_told(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    realtime_member(rig, "tea", "alice");
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "\"conversation:tea\"");
    page_hear(&page);
    realtime_no_member(rig, "tea", "alice");
    page_expect_event(&page, "error",
        "\"event\":\"subscribe\",\"code\":\"forbidden\",\"message\":\"No longer a member of this "
        "conversation\",\"topic\":\"conversation:tea\",\"conversationId\":\"tea\"");
    assert_int_equal(realtime_counted(rig).subscriptions, 0);
    page_close(&page);
}

/* With auto_subscribe a connection is subscribed to all conversations, as many as fit; the user's
 * own topic counts towards max_topics. */
static void who_follows_takes_the_place_that_becomes_free(void **state)
{
    static char *topics[] = {(char *)"user:notifications", (char *)"user:conversations"};
    struct realtime_rig *rig = *state;
    struct page page;

    rig->auto_subscribe = (struct config_list){topics, 2};
    rig->settings.max_topics = 2;
    realtime_update(rig->realtime, &rig->settings);
    realtime_member(rig, "cup", "alice");
    page_open(&page, rig, "alice");
    realtime_await_subscriptions(rig, 1);
    realtime_member(rig, "tea", "alice");
    say(rig, "not heard");
    page_expect_quiet(&page);
    realtime_no_member(rig, "cup", "alice");
    page_expect_event(&page, "error", "conversation:cup");
    realtime_await_subscriptions(rig, 1);
    say(rig, "heard");
    page_expect_event(&page, "message", "\"heard\"");
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(only_members_come_in),
        REALTIME_TEST(whom_the_token_lets_in_need_be_no_member),
        REALTIME_TEST(what_was_missed_comes_behind_the_answer_and_nothing_twice),
        REALTIME_TEST(who_leaves_before_the_answer_has_been_in_and_is_out),
        REALTIME_TEST(who_loses_the_membership_loses_the_topic_and_is_told),
        REALTIME_TEST(who_follows_takes_the_place_that_becomes_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
