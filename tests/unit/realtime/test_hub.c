#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/realtime/hub.h"

static int audience(struct hub *hub, const char *topic)
{
    struct hub_walk walk;
    int count = 0;

    hub_walk_begin(hub, &walk, topic);
    while (hub_walk_next(&walk))
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

struct leaving {
    struct hub *hub;
    int shown;
};

static void who_leaves_amid_a_walk_is_passed_over(void **state)
{
    struct hub *hub = hub_new(NULL);
    struct subscriber many[10] = {0};
    struct hub_walk walk;
    int shown = 0;

    (void)state;
    for (int i = 0; i < 10; i++)
        hub_join(hub, &many[i], "public:a");
    hub_walk_begin(hub, &walk, "public:a");
    for (struct subscription *one; (one = hub_walk_next(&walk)); shown++) {
        hub_leave_all(hub, one->subscriber);
        if (shown == 0)
            hub_leave_all(hub, &many[1]);
    }
    hub_walk_end(hub);
    assert_int_equal(shown, 9);
    assert_int_equal(hub_topics(hub), 0);
    hub_free(hub);
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
    assert_true(hub_joined(&one, "public:a"));
    assert_false(hub_joined(&one, "public:b"));
    assert_true(hub_joined(&one, "public:c"));
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
        cmocka_unit_test(a_topic_in_the_middle_is_left_alone),
        cmocka_unit_test(a_subscriber_may_leave_each_of_its_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
