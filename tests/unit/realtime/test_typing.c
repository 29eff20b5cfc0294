#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

#define TEA "{\"conversationId\":\"tea\"}"
#define TYPING(is) \
    "{\"event\":\"typing\",\"data\":{\"userId\":\"alice\",\"conversationId\":\"tea\"," \
    "\"isTyping\":" is "}}"

static void open_member(struct page *page, struct realtime_rig *rig, const char *user)
{
    rig_sql(&rig->store,
        "INSERT OR IGNORE INTO conversation_members (conversation_id, user_id) VALUES ('tea', "
        "'%s')",
        user);
    page_open(page, rig, user);
    page_ask(page, "subscribe", "\"conversation:tea\"");
    page_expect_answer(page, "{\"ok\":true,\"topic\":\"conversation:tea\"}");
}

static void start(struct page *page)
{
    page_ask(page, "typing:start", TEA);
    page_expect_answer(page, "{\"ok\":true}");
}

static void is_told_to_the_others_once_and_ends_by_itself(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    open_member(&alice, rig, "alice");
    open_member(&bob, rig, "bob");
    start(&alice);
    page_expect(&bob, TYPING("true"));
    realtime_advance(rig, 4000);
    start(&alice);
    realtime_advance(rig, 4000);
    page_expect_quiet(&bob);
    realtime_advance(rig, 3000);
    page_expect(&bob, TYPING("false"));
    page_expect_quiet(&alice);
    page_close(&alice);
    page_close(&bob);
}

static void a_second_page_of_the_same_user_is_no_news(void **state)
{
    struct realtime_rig *rig = *state;
    struct page one, two, bob;

    open_member(&one, rig, "alice");
    open_member(&two, rig, "alice");
    open_member(&bob, rig, "bob");
    start(&one);
    page_expect(&bob, TYPING("true"));
    start(&two);
    page_ask(&one, "typing:stop", TEA);
    page_expect_answer(&one, "{\"ok\":true}");
    page_expect_quiet(&bob);
    page_expect_quiet(&two);
    page_close(&two);
    page_expect(&bob, TYPING("false"));
    page_close(&one);
    page_close(&bob);
}

static void a_message_and_leaving_end_it(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    open_member(&alice, rig, "alice");
    open_member(&bob, rig, "bob");
    start(&alice);
    page_expect(&bob, TYPING("true"));
    page_say(&alice, "message:send", "{\"conversationId\":\"tea\",\"content\":\"x\"}");
    page_expect(&bob, TYPING("false"));
    page_expect_event(&bob, "message", "\"x\"");
    page_await(&alice, "\"event\":\"message\"");
    start(&alice);
    page_expect(&bob, TYPING("true"));
    page_ask(&alice, "unsubscribe", "\"conversation:tea\"");
    page_await(&alice, "\"ok\":true");
    page_ask(&bob, "ping", "null"); /* answered behind what bob was told by now */
    page_expect(&bob, TYPING("false"));
    page_close(&alice);
    page_close(&bob);
}

static void who_has_not_joined_is_asked_about_and_no_member_refused(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob, eve;

    realtime_member(rig, "tea", "alice");
    open_member(&bob, rig, "bob");
    page_open(&alice, rig, "alice");
    page_open(&eve, rig, "eve");
    start(&alice);
    page_expect(&bob, TYPING("true"));
    page_ask(&eve, "typing:start", TEA);
    page_expect_refusal(&eve, "forbidden");
    page_ask(&eve, "typing:start", "{}");
    page_expect_refusal(&eve, "bad_request");
    page_ask(&eve, "typing:stop", "{}");
    page_expect_refusal(&eve, "bad_request");
    page_expect_quiet(&bob);
    page_close(&alice);
    page_close(&bob);
    page_close(&eve);
}

static void in_one_conversation_too_many_the_first_ends(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;
    char where[64];

    open_member(&alice, rig, "alice");
    open_member(&bob, rig, "bob");
    start(&alice);
    page_expect(&bob, TYPING("true"));
    for (int i = 0; i < 8; i++) {
        snprintf(where, sizeof(where), "c%d", i);
        realtime_member(rig, where, "alice");
        page_expect_quiet(&bob);
        snprintf(where, sizeof(where), "{\"conversationId\":\"c%d\"}", i);
        page_ask(&alice, "typing:start", where);
        page_expect_answer(&alice, "{\"ok\":true}");
    }
    page_expect(&bob, TYPING("false"));
    page_close(&alice);
    page_close(&bob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(is_told_to_the_others_once_and_ends_by_itself),
        REALTIME_TEST(a_second_page_of_the_same_user_is_no_news),
        REALTIME_TEST(a_message_and_leaving_end_it),
        REALTIME_TEST(who_has_not_joined_is_asked_about_and_no_member_refused),
        REALTIME_TEST(in_one_conversation_too_many_the_first_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
