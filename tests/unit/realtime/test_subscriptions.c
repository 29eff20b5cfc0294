#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

static void joins_once_and_leaves(void **state)
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

static void a_topic_without_right_is_forbidden_and_no_topic_a_bad_request(void **state)
{
    struct page page;

    page_open(&page, *state, "alice");
    page_ask(&page, "subscribe", "\"role:admin\"");
    page_expect_refusal(&page, "forbidden");
    page_ask(&page, "subscribe", "\"user:bob:notifications\"");
    page_expect_refusal(&page, "forbidden");
    page_ask(&page, "subscribe", "{\"topic\":7}");
    page_expect_refusal(&page, "bad_request");
    page_say(&page, "subscribe", "\"role:admin\"");
    page_expect_event(&page, "error", "\"topic\":\"role:admin\"");
    assert_int_equal(realtime_counted(*state).subscriptions, 0);
    page_close(&page);
}

/* max_topics is 8, including the user's own topic. */
static void above_the_limit_is_refused_and_a_topic_left_makes_room(void **state)
{
    char topic[32];
    struct page page;

    page_open(&page, *state, "alice");
    for (int i = 0; i < 7; i++) {
        snprintf(topic, sizeof(topic), "\"public:%d\"", i);
        page_ask(&page, "subscribe", topic);
        page_hear(&page);
    }
    page_ask(&page, "subscribe", "\"public:more\"");
    page_expect_refusal(&page, "too_many_topics");
    page_ask(&page, "subscribe", "\"public:0\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:0\"}");
    page_ask(&page, "unsubscribe", "\"public:0\"");
    page_hear(&page);
    page_ask(&page, "subscribe", "\"public:more\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:more\"}");
    page_close(&page);
}

static void what_every_connection_has_is_kept_in_either_spelling(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open(&page, rig, "alice");
    page_ask(&page, "unsubscribe", "\"user:alice:notifications\"");
    page_expect_answer(&page, "{\"ok\":true,\"kept\":true}");
    rig_insert(&rig->store, "alice", 1);
    page_await(&page, "hello");
    page_close(&page);
}

static void whoever_chooses_may_leave_the_own_topic_and_come_back(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    page_open_as(&page, rig, "alice", "", "{\"subscribe\":false}");
    page_expect_quiet(&page);
    rig_insert(&rig->store, "alice", 1);
    page_await(&page, "\"notification:unread_count\",\"data\":1");
    page_expect_quiet(&page);
    page_ask(&page, "subscribe", "\"user:notifications\"");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"user:notifications\"}");
    page_expect_event(&page, "notification", "hello");
    page_ask(&page, "unsubscribe", "\"user:notifications\"");
    page_await(&page, "\"ok\":true");
    rig_insert(&rig->store, "alice", 1);
    page_await(&page, "\"notification:unread_count\",\"data\":2");
    page_expect_quiet(&page);
    page_close(&page);
}

#define FLASH "{\"event\":\"flash\",\"data\":1,\"broadcastId\":\"1\",\"topic\":\"public:news\"}"
#define ALL "{\"event\":\"all\",\"data\":2,\"broadcastId\":\"2\",\"topic\":\"*\"}"

static void a_standing_broadcast_comes_to_who_subscribes_later(void **state)
{
    struct realtime_rig *rig = *state;
    struct page early, late;

    page_open(&early, rig, "alice");
    page_ask(&early, "subscribe", "\"public:news\"");
    page_hear(&early);
    rig_sql(&rig->store, "INSERT INTO broadcasts (topic, event, data, expires_at) VALUES "
                         "('public:news', 'flash', '1', '2999-01-01T00:00:00.000Z')");
    page_expect(&early, FLASH);
    page_open(&late, rig, "bob");
    page_ask(&late, "subscribe", "\"public:news\"");
    page_expect_answer(&late, "{\"ok\":true,\"topic\":\"public:news\"}");
    page_expect(&late, FLASH);
    rig_sql(&rig->store, "INSERT INTO broadcasts (topic, event, data) VALUES ('*', 'all', '2')");
    page_expect(&early, ALL);
    page_expect(&late, ALL);
    page_close(&early);
    page_close(&late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(joins_once_and_leaves),
        REALTIME_TEST(a_topic_without_right_is_forbidden_and_no_topic_a_bad_request),
        REALTIME_TEST(above_the_limit_is_refused_and_a_topic_left_makes_room),
        REALTIME_TEST(what_every_connection_has_is_kept_in_either_spelling),
        REALTIME_TEST(whoever_chooses_may_leave_the_own_topic_and_come_back),
        REALTIME_TEST(a_standing_broadcast_comes_to_who_subscribes_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
