#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/realtime/hub.h"

static void count_one(void *context, struct subscriber *subscriber)
{
    (void)subscriber;
    ++*(int *)context;
}

static int audience(struct hub *hub, const char *topic)
{
    int count = 0;

    hub_each(hub, topic, count_one, &count);
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

static void leave_when_shown(void *context, struct subscriber *subscriber)
{
    struct leaving *leaving = context;

    leaving->shown++;
    hub_leave_all(leaving->hub, subscriber);
}

static void one_may_leave_while_it_is_shown(void **state)
{
    struct leaving leaving = {.hub = hub_new(NULL)};
    struct subscriber many[10] = {0};

    (void)state;
    for (int i = 0; i < 10; i++)
        hub_join(leaving.hub, &many[i], "public:a");
    assert_int_equal(hub_each(leaving.hub, "public:a", leave_when_shown, &leaving), 10);
    assert_int_equal(leaving.shown, 10);
    assert_int_equal(hub_topics(leaving.hub), 0);
    hub_free(leaving.hub);
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
        cmocka_unit_test(one_may_leave_while_it_is_shown),
        cmocka_unit_test(a_subscriber_may_leave_each_of_its_topics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
