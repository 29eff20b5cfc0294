#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/presence_round.h"

#define CROWD 10000

static struct rig {
    uv_loop_t loop;
    int64_t now;
    struct clock clock;
    struct realtime realtime;
    struct user *users[CROWD];
    size_t told, most_in_a_turn;
    size_t learnt; /* users for whom `learn` was called */
    bool asks;     /* what it returns */
    char order[64];
} * rig;

static int64_t now_of(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

/* As much work as sending a hundred events. */
static size_t tell(struct user *user)
{
    rig->told++;
    if (strlen(user->id) + strlen(rig->order) < sizeof(rig->order))
        strcat(rig->order, user->id);
    return 100;
}

static size_t introduce(struct client *client)
{
    (void)client;
    return 0;
}

static bool learn(struct user *user)
{
    (void)user;
    rig->learnt++;
    return rig->asks;
}

static const struct presence_work work = {.tell = tell, .introduce = introduce, .learn = learn};

static int set_up(void **state)
{
    (void)state;
    rig = mem_zalloc(sizeof(*rig));
    rig->now = 1000;
    rig->clock = (struct clock){now_of, now_of, &rig->now};
    uv_loop_init(&rig->loop);
    rig->realtime.wheel = wheel_new(&rig->loop, &rig->clock);
    rig->realtime.presence = presence_round_new(&rig->loop, rig->realtime.wheel, &work);
    for (size_t i = 0; i < CROWD; i++) {
        char id[16];

        snprintf(id, sizeof(id), "u%zu,", i);
        rig->users[i] = users_enter(&rig->realtime.users, &rig->realtime, id);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    presence_round_free(rig->realtime.presence);
    for (size_t i = 0; i < CROWD; i++)
        users_leave(&rig->realtime.users, rig->users[i]);
    assert_int_equal(users_count(&rig->realtime.users), 0);
    wheel_free(rig->realtime.wheel);
    uv_run(&rig->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&rig->loop), 0);
    free(rig);
    return 0;
}

static void change(size_t user)
{
    presence_round_changed(rig->realtime.presence, rig->users[user]);
}

static void turn(void)
{
    size_t before = rig->told;

    uv_run(&rig->loop, UV_RUN_NOWAIT);
    if (rig->told - before > rig->most_in_a_turn)
        rig->most_in_a_turn = rig->told - before;
}

static void pass(int64_t ms)
{
    rig->now += ms;
    wheel_turn(rig->realtime.wheel);
    for (int i = 0; i < 3; i++)
        turn();
}

static void gathers_for_a_moment_and_tells_once(void **state)
{
    (void)state;
    change(1);
    pass(60);
    change(0);
    change(1);
    assert_int_equal(rig->told, 0);
    pass(60);
    assert_string_equal(rig->order, "u1,u0,");
    change(1);
    pass(200);
    assert_string_equal(rig->order, "u1,u0,u1,");
}

static void a_crowd_is_told_of_in_slices(void **state)
{
    (void)state;
    for (size_t i = 0; i < CROWD; i++)
        change(i);
    pass(100);
    assert_in_range(rig->told, 1, 200);
    for (int i = 0; i < 1000 && rig->told < CROWD; i++)
        turn();
    assert_int_equal(rig->told, CROWD);
    assert_in_range(rig->most_in_a_turn, 1, 50);
}

static void what_changes_meanwhile_waits_for_its_own_moment(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100; i++)
        change(i);
    pass(100);
    for (size_t i = 0; i < 100; i++)
        change(CROWD - 1 - i);
    for (int i = 0; i < 100; i++)
        turn();
    assert_int_equal(rig->told, 100);
    pass(100);
    for (int i = 0; i < 100; i++)
        turn();
    assert_int_equal(rig->told, 200);
}

static void want_learnt(size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        rig->users[i]->is_online = true;
        presence_round_learn(rig->realtime.presence, rig->users[i]);
    }
}

static void a_few_are_learnt_at_a_time(void **state)
{
    size_t first;

    (void)state;
    rig->asks = true;
    want_learnt(0, 100);
    turn();
    first = rig->learnt;
    assert_in_range(first, 1, 50);
    turn();
    assert_int_equal(rig->learnt, first);
    for (size_t i = 0; i < 100; i++)
        presence_round_learnt(rig->realtime.presence, rig->users[i]);
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(rig->learnt, 2 * first);
    for (size_t i = 0; i < 100; i++)
        presence_round_learnt(rig->realtime.presence, rig->users[i]);
}

/* The last page that listened has left: nothing is asked, so no answer makes room for the next. */
static void who_need_not_be_learnt_is_not_waited_for(void **state)
{
    (void)state;
    want_learnt(0, 100);
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(rig->learnt, 100);
    rig->asks = true;
    want_learnt(0, 10);
    for (int i = 0; i < 10; i++)
        turn();
    assert_int_equal(rig->learnt, 110);
    for (size_t i = 0; i < 10; i++)
        presence_round_learnt(rig->realtime.presence, rig->users[i]);
}

static void lets_go_of_what_still_waits_at_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < 1000; i++)
        change(i);
    pass(100);
    for (size_t i = 5000; i < 6000; i++)
        change(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(gathers_for_a_moment_and_tells_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_crowd_is_told_of_in_slices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            what_changes_meanwhile_waits_for_its_own_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_few_are_learnt_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_need_not_be_learnt_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lets_go_of_what_still_waits_at_the_end, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
