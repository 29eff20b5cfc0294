#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/realtime/hub.h"

static int audience(struct hub *hub, const char *topic)
{
    struct subscription mark = {0};
    const struct subscription *one;
    struct hub_walk walk;
    int count = 0;

    hub_walk_begin(hub, &walk, topic);
    hub_walk_mark(&walk, &mark);
    while ((one = hub_walk_next(&walk)) && one->subscriber)
        count++;
    hub_walk_end(hub);
    return count;
}

static void joins_once(void **state)
{
    struct hub *hub = hub_new(NULL);
    struct subscriber one = {0};

    (void)state;
    assert_true(hub_join(hub, &one, "public:a"));
    assert_false(hub_join(hub, &one, "public:a"));
    assert_int_equal(audience(hub, "public:a"), 1);
    assert_int_equal(one.count, 1);
    hub_leave_all(hub, &one);
    hub_free(hub);
}

static void a_topic_is_gone_with_its_last_subscriber(void **state)
{
    struct hub *hub = hub_new(NULL);
    struct subscriber one = {0}, two = {0};

    (void)state;
    hub_join(hub, &one, "public:a");
    hub_join(hub, &two, "public:a");
    hub_join(hub, &two, "public:b");
    assert_int_equal(hub_topics(hub), 2);
    assert_true(hub_leave(hub, &one, "public:a"));
    assert_false(hub_leave(hub, &one, "public:a"));
    assert_int_equal(hub_topics(hub), 2);
    hub_leave_all(hub, &two);
    assert_int_equal(hub_topics(hub), 0);
    assert_int_equal(hub_subscriptions(hub), 0);
    assert_int_equal(audience(hub, "public:a"), 0);
    hub_free(hub);
}

/* More than are searched one by one, joined and left by chance. */
static void a_subscriber_may_be_in_many_topics(void **state)
{
    struct hub *hub = hub_new(NULL);
    struct subscriber one = {0}, other = {0};
    bool is_in[100] = {false};
    unsigned dice = 1;
    size_t count = 0;
    char name[16];

    (void)state;
    hub_join(hub, &other, "public:7");
    for (int i = 0; i < 10000; i++) {
        unsigned which = (dice = dice * 1103515245 + 12345) >> 16 & 0x7fff;
        bool joins = which % 10 < (i < 5000 ? 7 : 3);

        which = which / 10 % 100;
        snprintf(name, sizeof(name), "public:%u", which);
        assert_int_equal(hub_joined(hub, &one, name), is_in[which]);
        if (joins)
            assert_int_equal(hub_join(hub, &one, name) != NULL, !is_in[which]);
        else
            assert_int_equal(hub_leave(hub, &one, name), is_in[which]);
        count += (size_t)joins - is_in[which];
        is_in[which] = joins;
        assert_int_equal(one.count, count);
    }
    assert_true(hub_joined(hub, &other, "public:7"));
    hub_leave_all(hub, &one);
    hub_leave_all(hub, &other);
    assert_int_equal(hub_topics(hub), 0);
    hub_free(hub);
}

struct leaving {
    struct hub *hub;
    int shown;
};

static void who_leaves_amid_a_walk_is_passed_over(void **state)
{
    struct hub *hub = hub_new(NULL);
    struct subscriber many[10] = {0};
    struct subscription mark = {0};
    struct hub_walk walk;
    int shown = 0;

    (void)state;
    for (int i = 0; i < 10; i++)
        hub_join(hub, &many[i], "public:a");
    hub_walk_begin(hub, &walk, "public:a");
    hub_walk_mark(&walk, &mark);
    for (const struct subscription *one; (one = hub_walk_next(&walk))->subscriber; shown++) {
        hub_leave_all(hub, one->subscriber);
        if (shown == 0)
            hub_leave_all(hub, &many[1]);
    }
    hub_walk_end(hub);
    assert_int_equal(shown, 9);
    assert_int_equal(hub_topics(hub), 0);
    hub_free(hub);
}

#define CROWD 12
#define MARKS 40

/* A walk over a crowd that changes, and whom it has shown since each mark was set. */
struct round_trip {
    struct hub *hub;
    struct subscriber many[CROWD];
    struct subscription marks[MARKS];
    bool was_there[MARKS][CROWD];
    int shown[MARKS][CROWD];
    size_t set, back;
    uint32_t random;
};

static uint32_t dice(struct round_trip *trip, uint32_t sides)
{
    trip->random = trip->random * 1664525 + 1013904223;
    return (trip->random >> 8) % sides;
}

static void come_or_go(struct round_trip *trip)
{
    size_t who = dice(trip, CROWD);

    if (!hub_leave(trip->hub, &trip->many[who], "public:a")) {
        hub_join(trip->hub, &trip->many[who], "public:a");
        return;
    }
    for (size_t mark = trip->back; mark < trip->set; mark++)
        trip->was_there[mark][who] = false;
}

static void mark_here(struct round_trip *trip, struct hub_walk *walk)
{
    for (size_t who = 0; who < CROWD; who++)
        trip->was_there[trip->set][who] = hub_joined(trip->hub, &trip->many[who], "public:a");
    hub_walk_mark(walk, &trip->marks[trip->set++]);
}

static void mark_came_back(struct round_trip *trip, const struct subscription *mark)
{
    assert_ptr_equal(mark, &trip->marks[trip->back]);
    for (size_t who = 0; who < CROWD; who++)
        if (trip->was_there[trip->back][who])
            assert_int_equal(trip->shown[trip->back][who], 1);
    trip->back++;
}

static void note_shown(struct round_trip *trip, const struct subscription *one)
{
    for (size_t mark = trip->back; mark < trip->set; mark++)
        trip->shown[mark][one->subscriber - trip->many]++;
}

static void walk_on(struct round_trip *trip, struct hub_walk *walk)
{
    const struct subscription *one;

    while (trip->set < MARKS && dice(trip, 3) == 0)
        mark_here(trip, walk);
    one = hub_walk_next(walk);
    if (one && one->subscriber)
        note_shown(trip, one);
    else if (one)
        mark_came_back(trip, one);
    if (dice(trip, 4) == 0)
        come_or_go(trip);
}

static void each_mark_comes_back_when_all_were_shown_once(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 2000; seed++) {
        struct round_trip trip = {.hub = hub_new(NULL), .random = seed};
        struct hub_walk walk;

        hub_join(trip.hub, &trip.many[0], "public:a");
        for (size_t who = 0; who < CROWD; who++)
            come_or_go(&trip);
        hub_walk_begin(trip.hub, &walk, "public:a");
        while (trip.back < MARKS && walk.topic)
            walk_on(&trip, &walk);
        hub_walk_end(trip.hub);
        for (size_t who = 0; who < CROWD; who++)
            hub_leave_all(trip.hub, &trip.many[who]);
        assert_int_equal(hub_topics(trip.hub), 0);
        hub_free(trip.hub);
    }
}

static void a_topic_in_the_middle_is_left_alone(void **state)
{
    struct hub *hub = hub_new(NULL);
    struct subscriber one = {0};

    (void)state;
    hub_join(hub, &one, "public:a");
    hub_join(hub, &one, "public:b");
    hub_join(hub, &one, "public:c");
    assert_true(hub_leave(hub, &one, "public:b"));
    assert_true(hub_joined(hub, &one, "public:a"));
    assert_false(hub_joined(hub, &one, "public:b"));
    assert_true(hub_joined(hub, &one, "public:c"));
    assert_non_null(hub_join(hub, &one, "public:b"));
    assert_int_equal(one.count, 3);
    hub_leave_all(hub, &one);
    assert_int_equal(hub_subscriptions(hub), 0);
    hub_free(hub);
}

static void leave_topic(void *context, struct subscriber *subscriber, const char *topic)
{
    struct leaving *leaving = context;

    leaving->shown++;
    hub_leave(leaving->hub, subscriber, topic);
}

static void a_subscriber_may_leave_each_of_its_topics(void **state)
{
    struct leaving leaving = {.hub = hub_new(NULL)};
    struct subscriber one = {0};
    char topic[32];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(topic, sizeof(topic), "public:%d", i);
        hub_join(leaving.hub, &one, topic);
    }
    hub_each_topic(&one, leave_topic, &leaving);
    assert_int_equal(leaving.shown, 100);
    assert_int_equal(one.count, 0);
    hub_free(leaving.hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_once),
        cmocka_unit_test(a_topic_is_gone_with_its_last_subscriber),
        cmocka_unit_test(who_leaves_amid_a_walk_is_passed_over),
        cmocka_unit_test(each_mark_comes_back_when_all_were_shown_once),
        cmocka_unit_test(a_topic_in_the_middle_is_left_alone),
        cmocka_unit_test(a_subscriber_may_be_in_many_topics),
        cmocka_unit_test(a_subscriber_may_leave_each_of_its_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
