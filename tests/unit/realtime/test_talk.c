#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void open_member(struct page *page, struct realtime_rig *rig, const char *user)
{
    realtime_member(rig, "tea", user);
    page_open(page, rig, user);
    page_ask(page, "subscribe", "\"conversation:tea\"");
    page_expect_answer(page, "{\"ok\":true,\"topic\":\"conversation:tea\"}");
}

static void a_message_is_acknowledged_first_and_heard_by_all_in_one_order(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;
    char said[64];

    open_member(&alice, rig, "alice");
    open_member(&bob, rig, "bob");
    for (int i = 0; i < 3; i++) {
        snprintf(said, sizeof(said), "{\"conversationId\":\"tea\",\"content\":\"m%d\"}", i);
        page_ask(&alice, "message:send", said);
    }
    for (int i = 0; i < 3; i++) {
        snprintf(said, sizeof(said), "\"m%d\"", i);
        page_await(&alice, said);
        page_expect_event(&bob, "message", said);
    }
    page_close(&alice);
    page_close(&bob);
}

static void the_same_reference_says_it_once(void **state)
{
    static const char hello[] =
        "{\"conversationId\":\"tea\",\"content\":\"hello\",\"tempId\":\"t1\"}";
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    open_member(&alice, rig, "alice");
    open_member(&bob, rig, "bob");
    page_ask(&alice, "message:send", hello);
    page_await(&alice, "\"ack\":2,\"data\":{\"ok\":true,\"id\":\"1\"");
    page_ask(&alice, "message:send", hello);
    page_await(&alice, "\"ack\":3,\"data\":{\"ok\":true,\"id\":\"1\"");
    page_expect_event(&bob, "message", "\"tempId\":\"t1\"");
    page_expect_quiet(&bob);
    page_close(&alice);
    page_close(&bob);
}

static void what_is_out_of_bounds_is_refused_before_the_store_is_asked(void **state)
{
    static const char *const bad[] = {"{\"content\":\"x\"}",
        "{\"conversationId\":\"\",\"content\":\"x\"}", "{\"conversationId\":\"tea\"}",
        "{\"conversationId\":\"tea\",\"content\":\"\"}",
        "{\"conversationId\":\"tea\",\"content\":\"x\",\"tempId\":\"\"}", "7"};
    struct realtime_rig *rig = *state;
    struct page page;

    open_member(&page, rig, "alice");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        page_ask(&page, "message:send", bad[i]);
        page_expect_refusal(&page, "bad_request");
    }
    page_ask(&page, "message:history", "{\"conversationId\":\"tea\",\"before\":1,\"after\":2}");
    page_expect_refusal(&page, "bad_request");
    page_ask(&page, "message:history", "{\"conversationId\":\"tea\",\"limit\":101}");
    page_expect_refusal(&page, "bad_request");
    assert_int_equal(rig_integer(&rig->store, "SELECT count(*) FROM messages"), 0);
    page_close(&page);
}

static void a_conversation_may_be_named_by_a_number(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    realtime_member(rig, "7", "alice");
    page_open(&page, rig, "alice");
    page_ask(&page, "message:send", "{\"conversationId\":7,\"content\":\"x\"}");
    page_await(&page, "\"ok\":true,\"id\":\"1\"");
    page_ask(&page, "message:history", "{\"conversationId\":7}");
    page_await(&page, "\"conversationId\":\"7\"");
    assert_non_null(strstr(page.heard, "\"hasMore\":false"));
    page_close(&page);
}

static void strangers_neither_say_nor_read(void **state)
{
    struct page page;

    page_open(&page, *state, "eve");
    page_ask(&page, "message:send", "{\"conversationId\":\"tea\",\"content\":\"x\"}");
    page_expect_refusal(&page, "forbidden");
    page_ask(&page, "message:history", "{\"conversationId\":\"tea\"}");
    page_expect_refusal(&page, "forbidden");
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(a_message_is_acknowledged_first_and_heard_by_all_in_one_order),
        REALTIME_TEST(the_same_reference_says_it_once),
        REALTIME_TEST(what_is_out_of_bounds_is_refused_before_the_store_is_asked),
        REALTIME_TEST(a_conversation_may_be_named_by_a_number),
        REALTIME_TEST(strangers_neither_say_nor_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
