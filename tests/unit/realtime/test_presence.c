#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/realtime/context.h"
#include "gateway/realtime/presence.h"
#include "gateway/realtime/presence_round.h"
#include "tests/unit/realtime/realtime_rig.h"

static void set_scope(struct realtime_rig *rig, enum presence_scope scope)
{
    rig->settings.presence_scope = scope;
    realtime_update(rig->realtime, &rig->settings);
}

static void share_a_conversation(struct realtime_rig *rig)
{
    realtime_member(rig, "tea", "alice");
    realtime_member(rig, "tea", "bob");
}

static void listen_to_presence(struct page *page)
{
    page_ask(page, "subscribe", "\"presence:updates\"");
    page_expect_answer(page, "{\"ok\":true,\"topic\":\"presence:updates\"}");
}

static void open_listener(struct page *page, struct realtime_rig *rig, const char *user)
{
    page_open(page, rig, user);
    listen_to_presence(page);
}

static void expect_bob(struct page *page, bool is_online)
{
    page_expect_event(page, "presence",
        is_online ? "\"userId\":\"bob\",\"isOnline\":true"
                  : "\"userId\":\"bob\",\"isOnline\":false");
}

/* Changes that are collected for a moment are sent. */
static void pass_a_round(struct realtime_rig *rig)
{
    realtime_advance(rig, 200);
    realtime_advance(rig, 0);
}

static void who_shares_a_conversation_hears_of_coming_and_going(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob, eve;

    share_a_conversation(rig);
    open_listener(&alice, rig, "alice");
    page_expect_event(
        &alice, "presence", "\"userId\":\"bob\",\"isOnline\":false,\"lastSeen\":null");
    open_listener(&eve, rig, "eve");
    page_open(&bob, rig, "bob");
    expect_bob(&alice, true);
    page_close(&bob);
    pass_a_round(rig);
    page_expect_quiet(&alice);
    realtime_advance(rig, 5000);
    page_expect_event(&alice, "presence", "\"userId\":\"bob\",\"isOnline\":false,\"lastSeen\":\"");
    page_expect_quiet(&eve);
    page_close(&alice);
    page_close(&eve);
}

static void a_reload_is_no_news(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    share_a_conversation(rig);
    open_listener(&alice, rig, "alice");
    expect_bob(&alice, false);
    page_open(&bob, rig, "bob");
    expect_bob(&alice, true);
    page_close(&bob);
    realtime_advance(rig, 3000);
    page_open(&bob, rig, "bob");
    realtime_advance(rig, 6000);
    pass_a_round(rig);
    page_expect_quiet(&alice);
    page_close(&alice);
    page_close(&bob);
}

/* Most sites never show presence: their users cost no question to the store. */
static void who_may_be_told_is_asked_once_a_page_listens(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    share_a_conversation(rig);
    page_open(&alice, rig, "alice");
    page_open(&bob, rig, "bob");
    pass_a_round(rig);
    assert_false(users_find(&rig->realtime->users, "alice")->is_heeded);
    assert_false(users_find(&rig->realtime->users, "bob")->is_heeded);
    listen_to_presence(&alice);
    expect_bob(&alice, true);
    page_expect_quiet(&bob);
    page_close(&bob);
    realtime_advance(rig, 5000);
    expect_bob(&alice, false);
    page_close(&alice);
}

/* A page is introduced while the arrival of a contact is still to be announced. */
static void who_has_just_come_is_told_of_once(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    share_a_conversation(rig);
    page_open(&alice, rig, "alice");
    page_open(&bob, rig, "bob");
    listen_to_presence(&alice);
    page_expect_quiet(&alice);
    pass_a_round(rig);
    expect_bob(&alice, true);
    page_expect_quiet(&alice);
    page_close(&alice);
    page_close(&bob);
}

/* … as it is when the queue was replaced, and all pages come back, the first of them unheard. */
static void who_was_forgotten_is_asked_about_again(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    share_a_conversation(rig);
    page_open(&bob, rig, "bob");
    open_listener(&alice, rig, "alice");
    expect_bob(&alice, true);
    page_close(&alice);
    realtime_await_clients(rig, 1);
    presence_forget(rig->realtime);
    open_listener(&alice, rig, "alice");
    expect_bob(&alice, true);
    page_close(&alice);
    page_close(&bob);
}

static void with_everyone_all_hear_of_all_but_of_themselves(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    set_scope(rig, PRESENCE_EVERYONE);
    open_listener(&alice, rig, "alice");
    pass_a_round(rig);
    page_expect_quiet(&alice);
    page_open(&bob, rig, "bob");
    pass_a_round(rig);
    expect_bob(&alice, true);
    page_close(&bob);
    page_expect_quiet(&alice);
    realtime_advance(rig, 5000);
    pass_a_round(rig);
    expect_bob(&alice, false);
    page_close(&alice);
}

static void with_everyone_no_event_is_kept_where_nobody_hears(void **state)
{
    struct realtime_rig *rig = *state;
    struct page bob;

    set_scope(rig, PRESENCE_EVERYONE);
    page_open(&bob, rig, "bob");
    pass_a_round(rig);
    assert_true(users_find(&rig->realtime->users, "bob")->told_online);
    assert_null(users_find(&rig->realtime->users, "bob")->state);
    page_close(&bob);
}

/* Or a round would tell thousands of users' listeners in one turn of the loop. */
static void with_everyone_those_told_at_once_count_as_work(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob, eve;

    set_scope(rig, PRESENCE_EVERYONE);
    open_listener(&alice, rig, "alice");
    open_listener(&eve, rig, "eve");
    page_open(&bob, rig, "bob");
    assert_int_equal(presence_work.tell(users_find(&rig->realtime->users, "bob")), 2);
    expect_bob(&alice, true);
    page_close(&alice);
    page_close(&bob);
    page_close(&eve);
}

static void when_it_is_off_nobody_hears_of_anybody(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    set_scope(rig, PRESENCE_OFF);
    share_a_conversation(rig);
    open_listener(&alice, rig, "alice");
    page_open(&bob, rig, "bob");
    pass_a_round(rig);
    page_ask(&alice, "presence:get", "{\"userIds\":[\"bob\"]}");
    page_expect_answer(&alice, "{\"ok\":true,\"users\":[]}");
    page_close(&alice);
    page_close(&bob);
}

static void a_membership_that_begins_introduces_the_two(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    realtime_member(rig, "tea", "bob");
    open_listener(&alice, rig, "alice");
    page_open(&bob, rig, "bob");
    pass_a_round(rig);
    page_ask(&alice, "presence:get", "{\"userIds\":[\"bob\"]}");
    page_expect_answer(&alice, "{\"ok\":true,\"users\":[]}");
    realtime_member(rig, "tea", "alice");
    expect_bob(&alice, true);
    page_ask(&alice, "presence:get", "{\"userIds\":[\"bob\",\"alice\",\"nobody\"]}");
    page_await(&alice, "\"userId\":\"bob\",\"isOnline\":true");
    assert_non_null(strstr(alice.heard, "\"userId\":\"alice\",\"isOnline\":true"));
    assert_null(strstr(alice.heard, "nobody"));
    page_close(&alice);
    page_close(&bob);
}

/* Shown online, then a stranger, then offline: the page is corrected once they share again. */
static void what_a_page_was_shown_of_a_stranger_is_put_right_later(void **state)
{
    struct realtime_rig *rig = *state;
    struct page alice, bob;

    share_a_conversation(rig);
    page_open(&bob, rig, "bob");
    open_listener(&alice, rig, "alice");
    expect_bob(&alice, true);
    realtime_no_member(rig, "tea", "bob");
    do {
        page_ask(&alice, "presence:get", "{\"userIds\":[\"bob\"]}");
        page_await(&alice, "\"users\":");
        realtime_advance(rig, 50);
    } while (strstr(alice.heard, "bob"));
    page_close(&bob);
    realtime_advance(rig, 6000);
    pass_a_round(rig);
    page_expect_quiet(&alice);
    realtime_member(rig, "tea", "bob");
    expect_bob(&alice, false);
    page_close(&alice);
}

static void who_may_not_be_asked_about(void **state)
{
    struct page page;

    page_open(&page, *state, "alice");
    page_ask(&page, "presence:get", "{\"userIds\":\"bob\"}");
    page_expect_refusal(&page, "bad_request");
    page_ask(&page, "presence:get", "{\"userIds\":[null]}");
    page_expect_refusal(&page, "bad_request");
    page_close(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(who_shares_a_conversation_hears_of_coming_and_going),
        REALTIME_TEST(a_reload_is_no_news),
        REALTIME_TEST(who_may_be_told_is_asked_once_a_page_listens),
        REALTIME_TEST(who_was_forgotten_is_asked_about_again),
        REALTIME_TEST(who_has_just_come_is_told_of_once),
        REALTIME_TEST(with_everyone_all_hear_of_all_but_of_themselves),
        REALTIME_TEST(with_everyone_no_event_is_kept_where_nobody_hears),
        REALTIME_TEST(with_everyone_those_told_at_once_count_as_work),
        REALTIME_TEST(when_it_is_off_nobody_hears_of_anybody),
        REALTIME_TEST(a_membership_that_begins_introduces_the_two),
        REALTIME_TEST(what_a_page_was_shown_of_a_stranger_is_put_right_later),
        REALTIME_TEST(who_may_not_be_asked_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
