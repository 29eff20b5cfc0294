#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/net/wheel.h"

#define PATIENCE_MS 10000

struct turning {
    uv_loop_t loop;
    int64_t now;
    struct clock clock;
    struct wheel *wheel;
};

struct bell {
    struct wheel_entry entry;
    struct turning *turning;
    int rung;
    int64_t rung_at;
    struct bell *stops; /* when it rings */
    int64_t again;      /* ms, when it rings; 0: not again */
};

static int64_t now_of(const struct clock *clock)
{
    return *(const int64_t *)clock->context;
}

static int set_up(void **state)
{
    struct turning *turning = calloc(1, sizeof(*turning));

    uv_loop_init(&turning->loop);
    turning->now = 123456;
    turning->clock = (struct clock){now_of, now_of, &turning->now};
    turning->wheel = wheel_new(&turning->loop, &turning->clock);
    *state = turning;
    return 0;
}

static int tear_down(void **state)
{
    struct turning *turning = *state;

    wheel_free(turning->wheel);
    uv_run(&turning->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&turning->loop);
    free(turning);
    return left;
}

static void ring(struct wheel_entry *entry)
{
    struct bell *bell = (struct bell *)entry;

    assert_false(wheel_started(entry));
    bell->rung++;
    bell->rung_at = bell->turning->now;
    if (bell->stops)
        wheel_stop(&bell->stops->entry);
    if (bell->again > 0)
        wheel_start(bell->turning->wheel, entry, bell->again, ring);
}

/* In steps of `step` ms, as a busy or an idle loop does. */
static void pass(struct turning *turning, int64_t ms, int64_t step)
{
    for (; ms > 0; ms -= step) {
        turning->now += ms < step ? ms : step;
        wheel_turn(turning->wheel);
    }
}

static void is_never_early_and_late_by_one_slot_at_most(void **state)
{
    static const int64_t afters[] = {
        0, 1, 9, 10, 11, 200, 300, 2000, 2001, 5121, 51199, 51200, 51201, 102401, 3600000};
    static const int64_t steps[] = {1, 7, 100, 333};
    struct turning *turning = *state;

    for (size_t i = 0; i < sizeof(afters) / sizeof(afters[0]); i++) {
        for (size_t j = 0; j < 4; j++) {
            struct bell bell = {.turning = turning};
            int64_t due = turning->now + afters[i];
            int64_t slot = afters[i] <= 2000 ? WHEEL_FINE_MS : WHEEL_COARSE_MS;
            wheel_start(turning->wheel, &bell.entry, afters[i], ring);
            assert_true(wheel_started(&bell.entry));
            pass(turning, afters[i] + 100 + steps[j], steps[j]);
            assert_int_equal(bell.rung, 1);
            assert_true(bell.rung_at >= due);
            assert_true(bell.rung_at < due + slot + steps[j]);
        }
    }
}

/* Like a heartbeat: each is due a whole interval after the previous one was due. */
static void keeps_a_short_interval(void **state)
{
    struct turning *turning = *state;
    struct bell bell = {.turning = turning};
    int64_t due = turning->now;

    for (int i = 0; i < 100; i++) {
        due += 300;
        wheel_start(turning->wheel, &bell.entry, due - turning->now, ring);
        while (bell.rung == i)
            pass(turning, 1, 1);
        assert_in_range(bell.rung_at - due, 0, WHEEL_FINE_MS - 1);
    }
}

static void does_not_ring_when_stopped(void **state)
{
    struct turning *turning = *state;
    struct bell bell = {.turning = turning};

    wheel_stop(&bell.entry);
    wheel_start(turning->wheel, &bell.entry, 500, ring);
    wheel_stop(&bell.entry);
    assert_false(wheel_started(&bell.entry));
    pass(turning, 2000, 100);
    assert_int_equal(bell.rung, 0);
}

static void moves_a_started_entry(void **state)
{
    struct turning *turning = *state;
    struct bell bell = {.turning = turning};

    wheel_start(turning->wheel, &bell.entry, 500, ring);
    pass(turning, 400, 100);
    wheel_start(turning->wheel, &bell.entry, 500, ring);
    pass(turning, 400, 100);
    assert_int_equal(bell.rung, 0);
    pass(turning, 200, 100);
    assert_int_equal(bell.rung, 1);
}

static void lets_one_that_rings_stop_another_that_is_due(void **state)
{
    struct turning *turning = *state;
    struct bell first = {.turning = turning}, second = {.turning = turning};

    first.stops = &second;
    second.stops = &first;
    wheel_start(turning->wheel, &first.entry, 50, ring);
    wheel_start(turning->wheel, &second.entry, 50, ring);
    pass(turning, 300, 300);
    assert_int_equal(first.rung + second.rung, 1);
}

static void rings_once_a_turn_when_started_anew(void **state)
{
    struct turning *turning = *state;
    struct bell bell = {.turning = turning, .again = 1};

    wheel_start(turning->wheel, &bell.entry, 1, ring);
    pass(turning, 1000, 100);
    assert_in_range(bell.rung, 5, 10);
    wheel_stop(&bell.entry);
}

static void misses_nothing_when_the_loop_stood_still_for_hours(void **state)
{
    struct turning *turning = *state;
    static struct bell bells[1000];

    for (size_t i = 0; i < 1000; i++) {
        bells[i] = (struct bell){.turning = turning};
        wheel_start(turning->wheel, &bells[i].entry, (int64_t)i * 997, ring);
    }
    turning->now += 3600000;
    wheel_turn(turning->wheel);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(bells[i].rung, 1);
}

static void starts_right_after_a_long_idle_time(void **state)
{
    struct turning *turning = *state;
    struct bell bell = {.turning = turning};

    turning->now += 7200000;
    wheel_start(turning->wheel, &bell.entry, 1000, ring);
    pass(turning, 900, 100);
    assert_int_equal(bell.rung, 0);
    pass(turning, 200, 100);
    assert_int_equal(bell.rung, 1);
}

static void on_late(uv_timer_t *deadline)
{
    (void)deadline;
    fail_msg("the wheel has not woken the loop for %d ms", PATIENCE_MS);
}

/* A handle that keeps the loop alive, and fails the test if it is still open after PATIENCE_MS. */
static void deadline_begin(uv_timer_t *deadline, uv_loop_t *loop)
{
    uv_update_time(loop);
    uv_timer_init(loop, deadline);
    uv_timer_start(deadline, on_late, PATIENCE_MS, 0);
}

/* With the system's clock. */
static void wakes_the_loop_and_does_not_keep_it_alive(void **state)
{
    struct turning *turning = *state;
    struct turning real = {.clock = clock_system()};
    struct bell bell = {.turning = &real};
    uv_timer_t deadline;

    (void)turning;
    uv_loop_init(&real.loop);
    real.wheel = wheel_new(&real.loop, &real.clock);
    assert_int_equal(uv_run(&real.loop, UV_RUN_NOWAIT), 0);
    wheel_start(real.wheel, &bell.entry, 120, ring);
    int64_t began = clock_steady_ms(&real.clock);
    assert_int_equal(uv_run(&real.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(bell.rung, 0);
    deadline_begin(&deadline, &real.loop);
    while (bell.rung == 0)
        uv_run(&real.loop, UV_RUN_ONCE);
    assert_in_range(clock_steady_ms(&real.clock) - began, 120, 5000);
    uv_close((uv_handle_t *)&deadline, NULL);
    wheel_free(real.wheel);
    uv_run(&real.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&real.loop), 0);
}

/* With the system's clock: sockets have their turn while a thousand deadlines expire. */
static void leaves_turns_of_the_loop_to_others(void **state)
{
    struct turning real = {.clock = clock_system()};
    static struct bell bells[1000];
    uv_timer_t deadline;
    int turns = 0;

    (void)state;
    uv_loop_init(&real.loop);
    deadline_begin(&deadline, &real.loop);
    real.wheel = wheel_new(&real.loop, &real.clock);
    for (size_t i = 0; i < 1000; i++) {
        bells[i] = (struct bell){.turning = &real};
        wheel_start(real.wheel, &bells[i].entry, 1, ring);
    }
    while (bells[0].rung == 0)
        uv_run(&real.loop, UV_RUN_ONCE);
    assert_int_equal(bells[500].rung, 0);
    wheel_stop(&bells[998].entry);
    for (; bells[999].rung == 0; turns++)
        uv_run(&real.loop, UV_RUN_ONCE);
    assert_in_range(turns, 4, 999);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(bells[i].rung, i != 998);
    uv_close((uv_handle_t *)&deadline, NULL);
    wheel_free(real.wheel);
    uv_run(&real.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&real.loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            is_never_early_and_late_by_one_slot_at_most, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_a_short_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(does_not_ring_when_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moves_a_started_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            lets_one_that_rings_stop_another_that_is_due, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rings_once_a_turn_when_started_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            misses_nothing_when_the_loop_stood_still_for_hours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(starts_right_after_a_long_idle_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            wakes_the_loop_and_does_not_keep_it_alive, set_up, tear_down),
        cmocka_unit_test(leaves_turns_of_the_loop_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
