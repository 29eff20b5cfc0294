#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/framing/event.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/presence_state.h"

static struct rig {
    int64_t now;
    struct clock clock;
    struct realtime realtime;
    struct user *alice;
} * rig;

static int64_t now_of(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static int set_up(void **state)
{
    (void)state;
    rig = mem_zalloc(sizeof(*rig));
    rig->now = 1000;
    rig->clock = (struct clock){now_of, now_of, &rig->now};
    rig->realtime.clock = &rig->clock;
    rig->alice = users_enter(&rig->realtime.users, &rig->realtime, "alice");
    rig->alice->is_online = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    users_leave(&rig->realtime.users, rig->alice);
    free(rig);
    return 0;
}

static void assert_says(struct event *event, const char *json)
{
    struct event_text data = event_data(event);

    assert_int_equal(data.len, strlen(json));
    assert_memory_equal(data.text, json, data.len);
}

static void all_who_hear_within_a_second_hear_one_event(void **state)
{
    struct event *event = presence_state_event(rig->alice);

    (void)state;
    assert_says(event,
        "{\"userId\":\"alice\",\"isOnline\":true,\"lastSeen\":\"1970-01-01T00:00:01.000Z\"}");
    rig->now += 999;
    assert_ptr_equal(presence_state_event(rig->alice), event);
}

static void what_is_a_second_old_is_said_afresh(void **state)
{
    (void)state;
    presence_state_event(rig->alice);
    rig->now += 1000;
    assert_says(presence_state_event(rig->alice),
        "{\"userId\":\"alice\",\"isOnline\":true,\"lastSeen\":\"1970-01-01T00:00:02.000Z\"}");
}

static void who_comes_and_goes_within_a_second_is_spoken_of_each_time(void **state)
{
    static const char gone[] =
        "{\"userId\":\"alice\",\"isOnline\":false,\"lastSeen\":\"1970-01-01T00:00:01.500Z\"}";

    (void)state;
    presence_state_event(rig->alice);
    rig->alice->is_online = false;
    rig->alice->left_at = rig->now += 500;
    assert_says(presence_state_event(rig->alice), gone);
    rig->alice->is_online = true;
    assert_says(presence_state_event(rig->alice),
        "{\"userId\":\"alice\",\"isOnline\":true,\"lastSeen\":\"1970-01-01T00:00:01.500Z\"}");
}

static void the_event_outlives_its_user_for_whoever_holds_it(void **state)
{
    struct user *bob = users_enter(&rig->realtime.users, &rig->realtime, "bob");
    struct event *event = event_ref(presence_state_event(bob));

    (void)state;
    users_leave(&rig->realtime.users, bob);
    assert_says(event, "{\"userId\":\"bob\",\"isOnline\":false,\"lastSeen\":null}");
    event_unref(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            all_who_hear_within_a_second_hear_one_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_a_second_old_is_said_afresh, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_comes_and_goes_within_a_second_is_spoken_of_each_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_event_outlives_its_user_for_whoever_holds_it, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
