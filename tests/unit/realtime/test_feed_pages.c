/*
 * Feeds that are behind, by themselves: the test answers for the store, so that
 * news can be on their way through the fan-out while a page comes. (With a real
 * store, and a page that does not read: test_feed.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/event.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/feed.h"
#include "gateway/store/store_conversations.h"

#define ROWS_MAX 32

/* What the store was asked, and has not answered yet: one of the four. */
struct question {
    int64_t after;
    char topics[512]; /* their names and what was heard */
    void (*on_topics)(void *context, const struct store_standing_topics *answer);
    void (*on_messages)(void *context, const struct store_messages *answer);
    void (*on_missed)(void *context, const struct store_broadcasts *answer);
    void (*on_standing)(void *context, const struct store_broadcasts *answer);
};

static struct scene {
    struct realtime realtime;
    struct client client;
    struct subscription *subscription;
    struct feed *feed;
    struct question question;
    bool has_room;
    char sent[256]; /* the ids that the client was sent since scene_expect */
} * scene;

/* ── what feeds call ── */

struct client *client_of_subscriber(struct subscriber *subscriber)
{
    return subscriber->owner;
}

struct client *client_ref(struct client *client)
{
    return client;
}

void client_unref(struct client *client)
{
    (void)client;
}

bool client_has_room(struct client *client)
{
    (void)client;
    return scene->has_room;
}

bool client_has_taken(struct client *client)
{
    (void)client;
    return true;
}

/* The data of each event is its id. */
void peer_send(struct peer *peer, struct event *event)
{
    struct event_text id = event_data(event);
    size_t len = strlen(scene->sent);

    (void)peer;
    snprintf(scene->sent + len, sizeof(scene->sent) - len, "%.*s ", (int)id.len, id.text);
}

void store_missed_messages(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context)
{
    (void)store;
    (void)conversation;
    (void)context;
    scene->question = (struct question){.after = after, .on_messages = read};
}

void store_missed_broadcasts(struct store *store, const char *topic, int64_t after,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context)
{
    (void)store;
    (void)topic;
    (void)context;
    scene->question = (struct question){.after = after, .on_missed = found};
}

void store_standing_broadcasts(struct store *store, const char *topic, int64_t after, int64_t heard,
    size_t limit, void (*found)(void *context, const struct store_broadcasts *answer),
    void *context)
{
    (void)store;
    (void)topic;
    (void)heard;
    (void)limit;
    (void)context;
    scene->question = (struct question){.after = after, .on_standing = found};
}

void store_standing_topics(struct store *store, const struct store_topic *topics, size_t count,
    void (*found)(void *context, const struct store_standing_topics *answer), void *context)
{
    char *at = scene->question.topics;

    (void)store;
    (void)context;
    scene->question = (struct question){.on_topics = found};
    assert_true(count > 1);
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s %lld ", topics[i].name, (long long)topics[i].heard);
}

/* ── the scene ── */

static void on_ended(struct subscription *subscription)
{
    feed_end_all(subscription);
}

static int set_up(void **state)
{
    (void)state;
    scene = mem_zalloc(sizeof(*scene));
    scene->realtime.hub = hub_new(on_ended);
    scene->client.realtime = &scene->realtime;
    scene->client.state = CLIENT_READY;
    scene->client.subscriber.owner = &scene->client;
    scene->has_room = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hub_leave_all(scene->realtime.hub, &scene->client.subscriber);
    assert_null(scene->client.backlog);
    hub_free(scene->realtime.hub);
    free(scene);
    return 0;
}

static void scene_expect(const char *sent)
{
    assert_string_equal(scene->sent, sent);
    scene->sent[0] = '\0';
}

/* A live feed of the messages above that id. */
static void open_messages(int64_t cursor)
{
    struct subscription *one =
        hub_join(scene->realtime.hub, &scene->client.subscriber, "conversation:tea");

    feed_begin_messages(one, cursor);
    scene->subscription = one;
    scene->feed = one->messages;
}

static void open_standing(int64_t highest)
{
    struct subscription *one =
        hub_join(scene->realtime.hub, &scene->client.subscriber, "public:news");

    scene->realtime.broadcasts_highest = highest;
    feed_begin_broadcasts(one, FEED_STANDING);
    scene->subscription = one;
    scene->feed = &one->broadcasts;
}

/* The fan-out takes on this many news, the numbers of which it gives out. */
static void fanout_takes(uint64_t count)
{
    scene->realtime.told += count;
}

/* … and comes to this feed with one of them. */
static void hear(uint64_t number, int64_t id)
{
    struct feed_news news = {.number = number, .id = id};
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)id);
    news.event = event_new("message", text, strlen(text));
    feed_hear(scene->subscription, scene->feed, &news);
    event_unref(news.event);
}

/* … with all of those, whose ids ascend as their numbers do. */
static void hear_all(uint64_t first, uint64_t last, int64_t id)
{
    for (uint64_t number = first; number <= last; number++)
        hear(number, id++);
}

/* The feed of messages falls behind at the first of these news, and has asked for what it misses.
 */
static void fall_behind_at(uint64_t number, int64_t id)
{
    scene->has_room = false;
    hear(number, id);
    scene->has_room = true;
    scene_expect("");
    assert_true(feed_is_behind(scene->feed));
    assert_non_null(scene->question.on_messages);
}

/* The store answers with the messages after what it was asked for, up to that id. */
static void answer_messages(int64_t upto, bool has_more)
{
    struct store_message rows[ROWS_MAX];
    struct store_messages answer = {
        .verdict = STORE_OK, .messages = rows, .has_more = has_more, .upto = upto};
    struct question question = scene->question;
    char texts[ROWS_MAX][24];

    for (int64_t id = question.after + 1; id <= upto; id++) {
        int len = snprintf(texts[answer.count], sizeof(texts[0]), "%lld", (long long)id);

        rows[answer.count] =
            (struct store_message){.id = id, .json = texts[answer.count], .len = (size_t)len};
        answer.count++;
    }
    scene->question = (struct question){0};
    question.on_messages(&scene->client, &answer);
}

/* ── tests ── */

static void news_on_their_way_while_a_page_comes_are_not_sent_twice(void **state)
{
    (void)state;
    open_messages(10);
    fanout_takes(10);
    fall_behind_at(1, 11);
    assert_int_equal(scene->question.after, 10);
    answer_messages(15, true);
    scene_expect("11 12 13 14 15 ");
    hear_all(2, 8, 12);
    scene_expect("");
    answer_messages(20, false);
    scene_expect("16 17 18 19 20 ");
    assert_false(feed_is_behind(scene->feed));
    hear_all(9, 10, 19);
    scene_expect("");
    fanout_takes(1);
    hear(11, 21);
    scene_expect("21 ");
}

/* A page that came later may have brought them as well as the first. */
static void nor_are_those_that_take_longer_than_a_second_page(void **state)
{
    (void)state;
    open_messages(10);
    fanout_takes(10);
    fall_behind_at(1, 11);
    answer_messages(13, true);
    answer_messages(16, true);
    scene_expect("11 12 13 14 15 16 ");
    hear_all(2, 10, 12);
    scene_expect("");
    answer_messages(20, false);
    scene_expect("17 18 19 20 ");
}

/* A row that was given a low id by hand, after a page with the ids around it had come. */
static void a_low_id_that_no_page_brought_is_sent(void **state)
{
    (void)state;
    open_messages(10);
    fanout_takes(5);
    fall_behind_at(1, 11);
    answer_messages(15, true);
    scene_expect("11 12 13 14 15 ");
    fanout_takes(1);
    hear(6, 12);
    scene_expect("12 ");
    answer_messages(15, false);
    scene_expect("");
}

/* It was on its way through the fan-out before the feed fell behind: no page reads so far back. */
static void a_low_id_from_before_all_pages_is_sent(void **state)
{
    (void)state;
    open_messages(10);
    fanout_takes(5);
    fall_behind_at(1, 11);
    answer_messages(14, true);
    scene_expect("11 12 13 14 ");
    hear(2, 7);
    scene_expect("7 ");
    answer_messages(14, false);
    scene_expect("");
}

/* After the standing ones the feed reads on from what it knew when it began. */
static void what_was_set_back_while_standing_ones_were_read_is_sent(void **state)
{
    struct store_broadcasts standing = {.verdict = STORE_OK, .upto = 10};
    struct store_broadcasts missed = {.verdict = STORE_OK, .upto = 12, .has_more = true};

    (void)state;
    open_standing(10);
    fanout_takes(3);
    hear(1, 11);
    scene->question.on_standing(&scene->client, &standing);
    assert_int_equal(scene->question.after, 10);
    scene->question.on_missed(&scene->client, &missed);
    hear(2, 8);
    scene_expect("8 ");
    hear(3, 12);
    scene_expect("");
    missed.has_more = false;
    scene->question.on_missed(&scene->client, &missed);
    assert_false(feed_is_behind(scene->feed));
}

static struct feed *join_standing(const char *topic)
{
    struct subscription *one = hub_join(scene->realtime.hub, &scene->client.subscriber, topic);

    feed_begin_broadcasts(one, FEED_STANDING);
    return &one->broadcasts;
}

static void expect_asked(const char *topics)
{
    assert_non_null(scene->question.on_topics);
    assert_string_equal(scene->question.topics, topics);
}

static void answer_topics(const int64_t *upto, size_t count)
{
    const struct store_standing_topics answer = {.verdict = STORE_OK, .upto = upto, .count = count};
    struct question question = scene->question;

    scene->question = (struct question){0};
    question.on_topics(&scene->client, &answer);
}

/* The first is asked about at once, the others when that is answered. */
static void answer_first(int64_t upto)
{
    struct store_broadcasts none = {.verdict = STORE_OK, .upto = upto};
    struct question question = scene->question;

    assert_non_null(question.on_standing);
    scene->question = (struct question){0};
    question.on_standing(&scene->client, &none);
}

static void topics_that_are_joined_together_are_asked_about_together(void **state)
{
    struct store_broadcasts some = {.verdict = STORE_OK, .upto = 10};
    struct feed *a, *b, *c;

    (void)state;
    scene->realtime.broadcasts_highest = 10;
    a = join_standing("public:a");
    b = join_standing("public:b");
    scene->realtime.broadcasts_highest = 12;
    c = join_standing("public:c");
    answer_first(10);
    assert_false(feed_is_behind(a));
    expect_asked("public:b 10 public:c 12 ");
    answer_topics((int64_t[]){STORE_SOME_STAND, 12}, 2);
    assert_true(feed_is_behind(b));
    assert_false(feed_is_behind(c));
    assert_non_null(scene->question.on_standing);
    assert_int_equal(scene->question.after, 0);
    scene->question.on_standing(&scene->client, &some);
    assert_false(feed_is_behind(b));
}

/* A broadcast that came between the question and its answer is read after it, and one that was set
 * back is sent at once. */
static void what_comes_while_topics_are_asked_about_is_sent_once(void **state)
{
    struct store_broadcasts missed = {.verdict = STORE_OK, .upto = 11};

    (void)state;
    scene->realtime.broadcasts_highest = 10;
    join_standing("public:a");
    scene->feed = join_standing("public:b");
    scene->subscription = container_of(scene->feed, struct subscription, broadcasts);
    join_standing("public:c");
    answer_first(10);
    fanout_takes(3);
    hear(1, 11);
    hear(2, 8);
    scene_expect("8 ");
    answer_topics((int64_t[]){10, 10}, 2);
    scene_expect("");
    assert_true(feed_is_behind(scene->feed));
    assert_int_equal(scene->question.after, 10);
    scene->question.on_missed(&scene->client, &missed);
    assert_false(feed_is_behind(scene->feed));
    hear(3, 12);
    scene_expect("");
    fanout_takes(1);
    hear(4, 13);
    scene_expect("13 ");
}

static void topics_may_be_left_while_they_are_asked_about(void **state)
{
    struct feed *c;

    (void)state;
    join_standing("public:a");
    join_standing("public:b");
    c = join_standing("public:c");
    answer_first(0);
    expect_asked("public:b 0 public:c 0 ");
    hub_leave(scene->realtime.hub, &scene->client.subscriber, "public:b");
    join_standing("public:b");
    answer_topics((int64_t[]){STORE_SOME_STAND, 0}, 2);
    assert_false(feed_is_behind(c));
    answer_first(0);
    assert_null(scene->client.backlog);
}

static void without_an_answer_they_stay_behind(void **state)
{
    struct store_standing_topics unavailable = {.verdict = STORE_UNAVAILABLE};
    struct feed *b;

    (void)state;
    join_standing("public:a");
    b = join_standing("public:b");
    join_standing("public:c");
    answer_first(0);
    scene->client.state = CLIENT_LEAVING; /* the only one that does not ask again */
    scene->question.on_topics(&scene->client, &unavailable);
    assert_true(feed_is_behind(b));
}

int main(void)
{
#define FEED_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FEED_TEST(news_on_their_way_while_a_page_comes_are_not_sent_twice),
        FEED_TEST(nor_are_those_that_take_longer_than_a_second_page),
        FEED_TEST(a_low_id_that_no_page_brought_is_sent),
        FEED_TEST(a_low_id_from_before_all_pages_is_sent),
        FEED_TEST(what_was_set_back_while_standing_ones_were_read_is_sent),
        FEED_TEST(topics_that_are_joined_together_are_asked_about_together),
        FEED_TEST(what_comes_while_topics_are_asked_about_is_sent_once),
        FEED_TEST(topics_may_be_left_while_they_are_asked_about),
        FEED_TEST(without_an_answer_they_stay_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
