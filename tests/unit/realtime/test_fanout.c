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
#include "gateway/realtime/client.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/feed.h"

#define LISTENERS 600
#define TOLD_MAX 2048
#define WAITING_MAX FANOUT_WAITING_MAX
/* A test takes far fewer turns of the loop than this. */
#define TURNS_MAX 100000

/* A subscriber and the ids it received; those of transient events are negative. */
struct listener {
    struct client client;
    int64_t told[TOLD_MAX];
    size_t count;
};

/* The test's own: all listeners share one. */
struct peer {
    size_t writes;
    bool has_output;
};

struct scene {
    struct realtime realtime;
    struct clock clock;
    int64_t now;
    struct peer peer;
    uv_loop_t loop;
    struct fanout *fanout;
    struct listener *listeners;
    struct event *event;
    bool is_held;
    size_t held, most, turns;
};

/* ── callbacks of the fan-out ── */

static void note(struct client *client, int64_t id)
{
    struct listener *listener = (struct listener *)client;

    assert_true(listener->count < TOLD_MAX);
    listener->told[listener->count++] = id;
    client->peer->has_output = true;
}

void feed_hear(struct subscription *subscription, struct feed *feed, const struct feed_news *news)
{
    if (news->number <= feed->heard)
        return;
    feed->heard = news->number;
    note(subscription->subscriber->owner, news->id);
}

bool feed_is_behind(const struct feed *feed)
{
    return feed->behind != NULL;
}

static int64_t passing;

void client_tell(struct client *client, struct event *event)
{
    (void)event;
    note(client, passing);
}

struct client *client_of_subscriber(struct subscriber *subscriber)
{
    return subscriber->owner;
}

void peer_cork(struct peer *peer)
{
    (void)peer;
}

void peer_uncork(struct peer *peer)
{
    peer->writes += peer->has_output;
    peer->has_output = false;
}

struct user *users_ref(struct user *user)
{
    return user;
}

void users_unref(struct users *users, struct user *user)
{
    (void)users;
    (void)user;
}

/* ── the scene ── */

static int64_t scene_now(const struct clock *clock)
{
    return container_of(clock, struct scene, clock)->now;
}

static void on_hold(struct realtime *realtime, bool yes)
{
    struct scene *scene = (struct scene *)realtime;

    assert_true(scene->is_held != yes);
    scene->is_held = yes;
    scene->held += yes;
}

static void join(struct scene *scene, size_t n, const char *topic)
{
    struct listener *listener = &scene->listeners[n];
    struct subscription *one;

    listener->client.subscriber.owner = &listener->client;
    listener->client.peer = &scene->peer;
    one = hub_join(scene->realtime.hub, &listener->client.subscriber, topic);
    assert_non_null(one);
    one->messages = mem_zalloc(sizeof(*one->messages));
    one->messages->heard = one->broadcasts.heard = scene->realtime.told;
}

static void on_ended(struct subscription *subscription)
{
    free(subscription->messages);
}

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));

    uv_loop_init(&scene->loop);
    scene->clock = (struct clock){.wall_ms = scene_now, .steady_ms = scene_now};
    scene->realtime.clock = &scene->clock;
    scene->realtime.hub = hub_new(on_ended);
    scene->fanout = fanout_new(&scene->loop, &scene->realtime, on_hold);
    scene->listeners = mem_array(LISTENERS, sizeof(*scene->listeners));
    memset(scene->listeners, 0, LISTENERS * sizeof(*scene->listeners));
    scene->event = event_new("message", "1", 1);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    fanout_free(scene->fanout);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < LISTENERS; i++)
        hub_leave_all(scene->realtime.hub, &scene->listeners[i].client.subscriber);
    hub_free(scene->realtime.hub);
    event_unref(scene->event);
    uv_loop_close(&scene->loop);
    free(scene->listeners);
    free(scene);
    return 0;
}

static bool add(struct scene *scene, enum fanout_kind kind, const char *topic, int64_t id)
{
    const struct fanout_news news = {.kind = kind, .topic = topic, .id = id, .event = scene->event};

    return fanout_topic(scene->fanout, &news);
}

static int turn(struct scene *scene)
{
    if (++scene->turns > TURNS_MAX)
        fail_msg("%zu still wait after %d turns", fanout_waiting(scene->fanout), TURNS_MAX);
    return uv_run(&scene->loop, UV_RUN_NOWAIT);
}

static void tell_the_rest(struct scene *scene)
{
    while (fanout_waiting(scene->fanout) > 0)
        turn(scene);
}

/* A source that pauses while it is held, like the store. */
static void tell_all(struct scene *scene, const char *topic, int64_t count)
{
    int64_t id = 0;

    while (id < count || fanout_waiting(scene->fanout) > 0) {
        while (id < count && !scene->is_held)
            assert_true(add(scene, FANOUT_MESSAGE, topic, ++id));
        if (fanout_waiting(scene->fanout) > scene->most)
            scene->most = fanout_waiting(scene->fanout);
        turn(scene);
    }
}

static void expect(const struct listener *listener, int64_t count)
{
    assert_int_equal(listener->count, count);
    for (int64_t i = 0; i < count; i++)
        assert_int_equal(listener->told[i], i + 1);
}

static void a_few_are_told_at_once(void **state)
{
    struct scene *scene = *state;

    join(scene, 0, "public:a");
    join(scene, 1, "public:a");
    join(scene, 2, "public:b");
    add(scene, FANOUT_MESSAGE, "public:a", 1);
    expect(&scene->listeners[0], 1);
    expect(&scene->listeners[1], 1);
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    add(scene, FANOUT_BROADCAST, "public:a", 2);
    expect(&scene->listeners[0], 2);
    expect(&scene->listeners[2], 0);
    assert_int_equal(fanout_waiting(scene->fanout), 0);
}

static void what_follows_in_the_same_turn_is_written_together(void **state)
{
    struct scene *scene = *state;

    join(scene, 0, "public:a");
    join(scene, 1, "public:a");
    for (int64_t id = 1; id <= 5; id++)
        add(scene, FANOUT_MESSAGE, "public:a", id);
    expect(&scene->listeners[0], 1);
    scene->peer.writes = 0;
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    expect(&scene->listeners[0], 5);
    expect(&scene->listeners[1], 5);
    assert_int_equal(scene->peer.writes, 2);
    assert_int_equal(fanout_waiting(scene->fanout), 0);
}

static void nothing_overtakes_however_much_waits(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    tell_all(scene, "public:a", 600);
    for (size_t i = 0; i < LISTENERS; i++)
        expect(&scene->listeners[i], 600);
}

static void the_source_is_held_back_and_goes_on(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    tell_all(scene, "public:a", 600);
    assert_true(scene->held > 1);
    assert_false(scene->is_held);
    assert_int_equal(scene->most, WAITING_MAX);
}

/* Those that come while a list is half told are sent along with the rest of it, and then to the
 * first half: each client is written to as seldom as if all had come at once. */
static void what_comes_amid_a_round_goes_along(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    add(scene, FANOUT_MESSAGE, "public:a", 1);
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    expect(&scene->listeners[0], 1);
    expect(&scene->listeners[LISTENERS - 1], 0);
    for (int64_t id = 2; id <= 16; id++)
        add(scene, FANOUT_MESSAGE, "public:a", id);
    scene->peer.writes = 0;
    tell_the_rest(scene);
    for (size_t i = 0; i < LISTENERS; i++)
        expect(&scene->listeners[i], 16);
    assert_int_equal(scene->peer.writes, LISTENERS);
}

static void says_for_how_long_some_have_waited(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    scene->now = 1000;
    assert_int_equal(fanout_busy_ms(scene->fanout), 0);
    add(scene, FANOUT_MESSAGE, "public:a", 1);
    scene->now = 1300;
    add(scene, FANOUT_MESSAGE, "public:a", 2);
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    assert_int_equal(fanout_busy_ms(scene->fanout), 300);
    tell_the_rest(scene);
    assert_int_equal(fanout_busy_ms(scene->fanout), 0);
    add(scene, FANOUT_MESSAGE, "public:a", 3);
    assert_int_equal(fanout_busy_ms(scene->fanout), 0);
}

static void a_fanout_may_end_amid_a_round(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    for (int64_t id = 1; id <= 100; id++) {
        add(scene, FANOUT_MESSAGE, "public:a", id);
        add(scene, FANOUT_MESSAGE, "public:b", id);
    }
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    assert_true(fanout_waiting(scene->fanout) > 0);
}

static void other_topics_and_what_passes_keep_their_place(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 1; i < LISTENERS; i++)
        join(scene, i, "public:a");
    join(scene, 0, "public:a");
    passing = 2;
    add(scene, FANOUT_MESSAGE, "public:a", 1);
    add(scene, FANOUT_PASSING, "public:a", 0);
    add(scene, FANOUT_BROADCAST, "public:b", 9);
    add(scene, FANOUT_MESSAGE, "public:a", 3);
    /* The last in the list, so that all of them wait. */
    expect(&scene->listeners[0], 0);
    tell_the_rest(scene);
    expect(&scene->listeners[0], 3);
}

static void topics_by_turns_are_written_together(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++) {
        join(scene, i, "public:a");
        join(scene, i, "public:b");
    }
    add(scene, FANOUT_BROADCAST, "public:a", 1);
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    assert_int_equal(scene->listeners[255].count, 1);
    assert_int_equal(scene->listeners[256].count, 0);
    for (int64_t id = 2; id <= 16; id++)
        add(scene, FANOUT_BROADCAST, id % 2 ? "public:a" : "public:b", id);
    scene->peer.writes = 0;
    tell_the_rest(scene);
    for (size_t i = 0; i < LISTENERS; i++)
        expect(&scene->listeners[i], 16);
    assert_int_equal(scene->peer.writes, LISTENERS - 256 + LISTENERS);
}

static void nothing_is_told_ahead_of_what_has_no_row(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++) {
        join(scene, i, "public:a");
        join(scene, i, "public:b");
    }
    passing = 2;
    add(scene, FANOUT_BROADCAST, "public:a", 1);
    add(scene, FANOUT_STATE, "public:b", 0);
    add(scene, FANOUT_BROADCAST, "public:a", 3);
    tell_the_rest(scene);
    for (size_t i = 0; i < LISTENERS; i++)
        expect(&scene->listeners[i], 3);
}

/* A gateway that sends a thousand a second gets there in fifty days. */
static void nothing_is_lost_where_numbers_pass_32_bits(void **state)
{
    struct scene *scene = *state;

    scene->realtime.told = UINT32_MAX - 2;
    for (size_t i = 0; i < LISTENERS; i++) {
        join(scene, i, "public:a");
        join(scene, i, "public:b");
    }
    add(scene, FANOUT_BROADCAST, "public:a", 1);
    for (int64_t id = 2; id <= 4; id++)
        add(scene, FANOUT_BROADCAST, "public:b", id);
    tell_the_rest(scene);
    assert_true(scene->realtime.told > UINT32_MAX);
    for (size_t i = 0; i < LISTENERS; i++)
        expect(&scene->listeners[i], 4);
}

#define TOPICS 6
#define STEADY 50
#define RESTLESS 20
#define EVENTS 1500

static void join_or_leave(struct scene *scene, size_t n, const char *topic)
{
    struct subscriber *subscriber = &scene->listeners[n].client.subscriber;

    if (!hub_leave(scene->realtime.hub, subscriber, topic))
        join(scene, n, topic);
}

/* Whoever is in whichever topics, and whenever they come: some listeners stay in theirs and hear
 * all, others join and leave by chance; nobody hears anything twice or out of order. */
static void order_is_kept_across_topics(void **state)
{
    static const char *const names[TOPICS] = {"a:1", "a:2", "a:3", "a:4", "a:5", "a:6"};
    struct scene *scene = *state;
    int64_t expected[STEADY] = {0}, last;
    unsigned dice = 1;

    for (size_t i = 0; i < STEADY; i++)
        for (size_t n = 0; n < TOPICS; n++)
            if ((i + 1) >> n & 1)
                join(scene, i, names[n]);
    for (int64_t id = 1; id <= EVENTS; id++) {
        size_t n = (dice = dice * 1103515245 + 12345) >> 16 & 0x7fff;

        if (n % 3 == 0)
            join_or_leave(scene, STEADY + n / 3 % RESTLESS, names[n / 100 % TOPICS]);
        while (scene->is_held || n % 7 < (size_t)id / 100 % 7)
            n += (size_t)turn(scene) + 1;
        add(scene, FANOUT_MESSAGE, names[n % TOPICS], id);
        for (size_t i = 0; i < STEADY; i++)
            expected[i] += (i + 1) >> n % TOPICS & 1;
    }
    tell_the_rest(scene);
    for (size_t i = 0; i < STEADY + RESTLESS; i++) {
        const struct listener *listener = &scene->listeners[i];

        last = 0;
        for (size_t k = 0; k < listener->count; last = listener->told[k++])
            assert_true(listener->told[k] > last);
        if (i < STEADY)
            assert_int_equal(listener->count, expected[i]);
    }
}

static void what_passes_is_dropped_where_much_waits(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    for (int64_t id = 1; id <= WAITING_MAX; id++)
        add(scene, FANOUT_MESSAGE, "public:a", id);
    assert_false(add(scene, FANOUT_PASSING, "public:a", 0));
    tell_the_rest(scene);
    expect(&scene->listeners[LISTENERS - 1], WAITING_MAX);
}

static void who_leaves_amid_it_hears_no_more_and_the_others_all(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    for (int64_t id = 1; id <= 8; id++)
        add(scene, FANOUT_MESSAGE, "public:a", id);
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    /* Some have received it, some have not; every second one is removed. */
    for (size_t i = 0; i < LISTENERS; i += 2)
        hub_leave_all(scene->realtime.hub, &scene->listeners[i].client.subscriber);
    tell_the_rest(scene);
    for (size_t i = 1; i < LISTENERS; i += 2)
        expect(&scene->listeners[i], 8);
    expect(&scene->listeners[LISTENERS - 2], 0);
}

static void a_topic_that_all_leave_amid_it_is_over(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < LISTENERS; i++)
        join(scene, i, "public:a");
    add(scene, FANOUT_MESSAGE, "public:a", 1);
    uv_run(&scene->loop, UV_RUN_NOWAIT);
    for (size_t i = 0; i < LISTENERS; i++)
        hub_leave_all(scene->realtime.hub, &scene->listeners[i].client.subscriber);
    tell_the_rest(scene);
    assert_int_equal(hub_topics(scene->realtime.hub), 0);
}

int main(void)
{
#define FANOUT_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FANOUT_TEST(a_few_are_told_at_once),
        FANOUT_TEST(what_follows_in_the_same_turn_is_written_together),
        FANOUT_TEST(nothing_overtakes_however_much_waits),
        FANOUT_TEST(the_source_is_held_back_and_goes_on),
        FANOUT_TEST(what_comes_amid_a_round_goes_along),
        FANOUT_TEST(says_for_how_long_some_have_waited),
        FANOUT_TEST(a_fanout_may_end_amid_a_round),
        FANOUT_TEST(other_topics_and_what_passes_keep_their_place),
        FANOUT_TEST(topics_by_turns_are_written_together),
        FANOUT_TEST(nothing_is_told_ahead_of_what_has_no_row),
        FANOUT_TEST(nothing_is_lost_where_numbers_pass_32_bits),
        FANOUT_TEST(order_is_kept_across_topics),
        FANOUT_TEST(what_passes_is_dropped_where_much_waits),
        FANOUT_TEST(who_leaves_amid_it_hears_no_more_and_the_others_all),
        FANOUT_TEST(a_topic_that_all_leave_amid_it_is_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
