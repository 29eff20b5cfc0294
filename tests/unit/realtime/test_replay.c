#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/realtime/realtime_rig.h"

#define LATE "2999-01-01T00:00:00.000Z"
#define NEWS "\"topic\":\"public:news\""
#define OWN "\"topic\":\"user:notifications\""

/* Ids begin at 1. */
static void insert_standing(struct realtime_rig *rig, const char *topic, int count)
{
    for (int i = 0; i < count; i++)
        rig_sql(&rig->store,
            "INSERT INTO broadcasts (topic, event, expires_at) VALUES ('%s', 'stands', '" LATE "')",
            topic);
}

static void await_marks(struct realtime_rig *rig)
{
    assert_true(rig_await_integer(
        &rig->store, "SELECT count(*) FROM broadcasts WHERE sent_at IS NULL", 0, 5000));
}

static void expect_broadcast(struct page *page, const char *event, int id, const char *topic)
{
    char text[256];

    snprintf(text, sizeof(text), "{\"event\":\"%s\",\"broadcastId\":\"%d\",\"topic\":\"%s\"}",
        event, id, topic);
    page_expect(page, text);
}

static void expect_standing(struct page *page, int from, int to, const char *topic)
{
    for (int id = from; id <= to; id++)
        expect_broadcast(page, "stands", id, topic);
}

static void only_what_stands_behind_since_comes_and_then_news(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    insert_standing(rig, "public:news", 3);
    rig_sql(&rig->store, "INSERT INTO broadcasts (topic, event) VALUES ('public:news', 'passes')");
    await_marks(rig);
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":\"1\"}");
    page_expect_answer(&page, "{\"ok\":true," NEWS ",\"hasMore\":false}");
    expect_standing(&page, 2, 3, "public:news");
    page_expect_quiet(&page);
    rig_sql(&rig->store, "INSERT INTO broadcasts (topic, event) VALUES ('public:news', 'passes')");
    expect_broadcast(&page, "passes", 5, "public:news");
    insert_standing(rig, "public:news", 1);
    expect_standing(&page, 6, 6, "public:news");
    page_expect_quiet(&page);
    page_close(&page);
}

static void since_is_an_id_as_a_string_or_an_integer_or_zero(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    insert_standing(rig, "public:news", 2);
    await_marks(rig);
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":\"x\"}");
    page_expect_refusal(&page, "bad_request");
    page_ask(&page, "subscribe", "{" OWN ",\"since\":-1}");
    page_expect_refusal(&page, "bad_request");
    assert_int_equal(realtime_counted(rig).subscriptions, 0);
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":0}");
    page_expect_answer(&page, "{\"ok\":true," NEWS ",\"hasMore\":false}");
    expect_standing(&page, 1, 2, "public:news");
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":1}");
    page_expect_answer(&page, "{\"ok\":true," NEWS ",\"hasMore\":false}");
    expect_standing(&page, 2, 2, "public:news");
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":\"9007199254740991\"}");
    page_expect_answer(&page, "{\"ok\":true," NEWS ",\"hasMore\":false}");
    page_expect_quiet(&page);
    page_ask(&page, "subscribe", "{\"topic\":\"role:admin\",\"since\":1}");
    page_expect_refusal(&page, "forbidden");
    page_close(&page);
}

static void a_hundred_come_and_the_answer_says_where_to_go_on(void **state)
{
    struct realtime_rig *rig = *state;
    struct page page;

    insert_standing(rig, "public:news", 102);
    await_marks(rig);
    page_open(&page, rig, "alice");
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":\"1\"}");
    page_expect_answer(&page, "{\"ok\":true," NEWS ",\"hasMore\":true,\"upTo\":\"101\"}");
    expect_standing(&page, 2, 101, "public:news");
    insert_standing(rig, "public:news", 1);
    expect_standing(&page, 103, 103, "public:news");
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":\"101\"}");
    page_expect_answer(&page, "{\"ok\":true," NEWS ",\"hasMore\":false}");
    expect_standing(&page, 102, 103, "public:news");
    page_expect_quiet(&page);
    page_close(&page);
}

static void the_own_topic_is_replayed_whether_it_is_held_or_not(void **state)
{
    static const char topic[] = "user:alice:notifications";
    struct realtime_rig *rig = *state;
    struct page held, chosen;

    insert_standing(rig, topic, 3);
    await_marks(rig);
    page_open(&held, rig, "alice");
    expect_standing(&held, 1, 3, topic);
    page_ask(&held, "subscribe", "{" OWN ",\"since\":\"2\"}");
    page_expect_answer(&held, "{\"ok\":true," OWN ",\"hasMore\":false}");
    expect_standing(&held, 3, 3, topic);
    page_open_as(&chosen, rig, "alice", "", "{\"subscribe\":false}");
    page_ask(&chosen, "subscribe", "{" OWN ",\"since\":\"1\"}");
    page_expect_answer(&chosen, "{\"ok\":true," OWN ",\"hasMore\":false}");
    expect_standing(&chosen, 2, 3, topic);
    insert_standing(rig, topic, 1);
    expect_standing(&held, 4, 4, topic);
    expect_standing(&chosen, 4, 4, topic);
    rig_insert(&rig->store, "alice", 1);
    page_await(&chosen, "hello");
    page_close(&held);
    page_close(&chosen);
}

/* The events of a page that are sent in a row are read before the store answers. */
static void a_right_that_is_lost_meanwhile_is_refused(void **state)
{
    struct realtime_rig *rig = *state;
    char data[4200];
    struct page page;

    page_open_as(&page, rig, "alice", "\"role\":\"admin\"", NULL);
    snprintf(data, sizeof(data), "{\"token\":\"%s\"}", realtime_token(rig, "alice", ""));
    page_say(&page, "auth:refresh", data);
    page_ask(&page, "subscribe", "{\"topic\":\"role:admin\",\"since\":0}");
    page_await(&page, "auth:refreshed");
    page_expect_refusal(&page, "forbidden");
    assert_int_equal(realtime_counted(rig).subscriptions, 0);
    page_close(&page);
}

static void too_many_topics_are_refused(void **state)
{
    struct realtime_rig *rig = *state;
    char topic[32];
    struct page page;

    page_open(&page, rig, "alice");
    for (int i = 0; i < 7; i++) {
        snprintf(topic, sizeof(topic), "\"public:%d\"", i);
        page_ask(&page, "subscribe", topic);
        page_hear(&page);
    }
    page_ask(&page, "subscribe", "{" NEWS ",\"since\":0}");
    page_expect_refusal(&page, "too_many_topics");
    page_ask(&page, "subscribe", "{\"topic\":\"public:0\",\"since\":0}");
    page_expect_answer(&page, "{\"ok\":true,\"topic\":\"public:0\",\"hasMore\":false}");
    page_close(&page);
}

/* Standing broadcasts that are inserted while a page asks come once, in the replay or as news. */
static void nothing_comes_twice_and_nothing_is_missed(void **state)
{
    static const char *const users[] = {"alice", "bob", "carol", "dave"};
    struct realtime_rig *rig = *state;
    struct page pages[16];

    for (int i = 0; i < 16; i++) {
        page_open(&pages[i], rig, users[i % 4]);
        insert_standing(rig, "public:news", 1);
        page_ask(&pages[i], "subscribe", "{" NEWS ",\"since\":0}");
        insert_standing(rig, "public:news", 1);
    }
    for (int i = 0; i < 16; i++) {
        page_await(&pages[i], "\"hasMore\":false");
        expect_standing(&pages[i], 1, 32, "public:news");
        page_expect_quiet(&pages[i]);
        page_close(&pages[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REALTIME_TEST(only_what_stands_behind_since_comes_and_then_news),
        REALTIME_TEST(since_is_an_id_as_a_string_or_an_integer_or_zero),
        REALTIME_TEST(a_hundred_come_and_the_answer_says_where_to_go_on),
        REALTIME_TEST(the_own_topic_is_replayed_whether_it_is_held_or_not),
        REALTIME_TEST(a_right_that_is_lost_meanwhile_is_refused),
        REALTIME_TEST(too_many_topics_are_refused),
        REALTIME_TEST(nothing_comes_twice_and_nothing_is_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
