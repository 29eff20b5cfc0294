#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/net/frame.h"
#include "tests/unit/delivery/delivery_rig.h"
#include "tests/unit/store/rig_requests.h"

static bool both_have_one(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    return device_has(&scene->phone, 1) && device_has(&scene->desk, 1);
}

static bool both_have_two(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    return device_has(&scene->phone, 2) && device_has(&scene->desk, 2);
}

/* A row that the phone has confirmed, and the desk not yet. */
static void deliver_to_the_phone(struct scene *scene)
{
    struct rig *rig = &scene->rig.store;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    device_confirm(&scene->phone);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
}

static void confirm_late(struct scene *scene, const char *requeue)
{
    struct rig *rig = &scene->rig.store;

    deliver_to_the_phone(scene);
    rig_sql(rig, "%s", requeue);
    /* The loop has not been told of that. */
    assert_int_equal(rig->told[RIG_DUE], 0);
    device_confirm(&scene->desk);
    assert_true(rig_until(rig, both_have_two, SOON_MS));
    device_confirm(&scene->phone);
    device_confirm(&scene->desk);
    assert_true(rig_await_integer(
        rig, "SELECT attempts FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
    assert_true(both_have_two(rig));
}

static void a_late_confirmation_of_the_first_sending_does_not_stand_for_the_second(void **state)
{
    confirm_late(*state, "UPDATE notifications SET status = 'pending'");
}

static void nor_where_whoever_set_it_back_left_no_trace_of_the_first(void **state)
{
    confirm_late(*state, "UPDATE notifications SET status = 'pending', delivered_at = NULL");
}

/* ── every order of statuses ── */

/* What the devices have done when another program changes the row. */
enum stage { BOTH_UNCONFIRMED, PHONE_CONFIRMED, BOTH_CONFIRMED, STAGES };
/* How the changes are made: in one transaction, one right after the other, or each when the
 * gateway has read the one before. */
enum pace { AT_ONCE, FAST, SLOW, PACES };

static const struct {
    const char *statuses[5];
    bool is_owed[STAGES]; /* once more, to both */
} orders[] = {
    {{"pending"}, {false, true, true}},
    {{"read"}, {false, false, false}},
    {{"read", "pending"}, {true, true, true}},
    {{"cancelled", "pending"}, {true, true, true}},
    {{"delivered", "pending"}, {true, true, true}},
    {{"read", "pending", "cancelled"}, {false, false, false}},
    {{"read", "pending", "read", "pending"}, {true, true, true}},
};

static void confirm_all(struct scene *scene)
{
    device_confirm(&scene->phone);
    device_confirm(&scene->desk);
}

static void reach(struct scene *scene, enum stage stage)
{
    struct rig *rig = &scene->rig.store;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    if (stage == BOTH_UNCONFIRMED)
        return;
    device_confirm(&scene->phone);
    if (stage == BOTH_CONFIRMED)
        device_confirm(&scene->desk);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
}

static void change(struct rig *rig, const char *const *statuses, enum pace pace)
{
    if (pace == AT_ONCE)
        rig_sql(rig, "BEGIN");
    for (; *statuses; statuses++) {
        rig_sql(rig, "UPDATE notifications SET status = '%s' WHERE id = 1", *statuses);
        /* Its answer is read after the change. */
        if (pace == SLOW)
            assert_int_equal(rig_check(rig, "alice", 1000), STORE_OK);
    }
    if (pace == AT_ONCE)
        rig_sql(rig, "COMMIT");
}

static bool both_have_the_last(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    page_gather(&scene->phone.page);
    page_gather(&scene->desk.page);
    confirm_all(scene);
    return rig_integer(rig, "SELECT attempts FROM notifications WHERE id = 2") == 2;
}

static bool both_have_it_again(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    page_gather(&scene->phone.page);
    page_gather(&scene->desk.page);
    confirm_all(scene);
    return scene->phone.page.texts >= 3 && scene->desk.page.texts >= 3 &&
           delivery_unconfirmed(scene->phone.delivery) == 0 &&
           delivery_unconfirmed(scene->desk.delivery) == 0;
}

static void play(size_t order, enum stage stage, enum pace pace)
{
    struct scene *scene = NULL;

    const char *const *statuses = orders[order].statuses;
    const char *last = NULL;
    char status[512];

    assert_int_equal(devices_set_up((void **)&scene), 0);
    reach(scene, stage);
    change(&scene->rig.store, statuses, pace);
    for (size_t i = 0; statuses[i]; i++)
        last = statuses[i];
    confirm_all(scene);
    /* This one arrives after everything that they were owed. */
    rig_insert(&scene->rig.store, "alice", 1);
    assert_true(rig_until(&scene->rig.store, both_have_the_last, SOON_MS));
    if (orders[order].is_owed[stage] && !rig_until(&scene->rig.store, both_have_it_again, SOON_MS))
        fail_msg("order %zu at stage %d, pace %d is swallowed", order, stage, pace);
    if (orders[order].is_owed[stage])
        assert_true(rig_await_integer(&scene->rig.store,
            "SELECT status = 'delivered' FROM notifications WHERE id = 1", 1, SOON_MS));
    rig_text(&scene->rig.store, status, "SELECT status FROM notifications WHERE id = 1");
    if (orders[order].is_owed[stage]) {
        assert_in_range(scene->phone.page.texts, 3, 4);
        assert_in_range(scene->desk.page.texts, 3, 4);
    } else if (pace != SLOW || stage == BOTH_UNCONFIRMED) {
        assert_int_equal(scene->phone.page.texts, 2);
        assert_int_equal(scene->desk.page.texts, 2);
    }
    assert_string_equal(status, strcmp(last, "pending") == 0 ? "delivered" : last);
    assert_int_equal(devices_tear_down((void **)&scene), 0);
}

static void a_row_set_back_goes_to_every_device_whatever_came_before(void **state)
{
    (void)state;
    for (size_t order = 0; order < sizeof(orders) / sizeof(orders[0]); order++)
        for (int stage = 0; stage < STAGES; stage++)
            for (int pace = 0; pace < PACES; pace++)
                play(order, (enum stage)stage, (enum pace)pace);
}

static void a_clock_that_is_set_back_brings_nothing_twice(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    rig->wall_offset = 1000;
    rig_attach(rig, "alice", 1000, 0, OCTETS);
    rig->wall_offset = 0;
    rig_sql(rig, "UPDATE notifications SET deliver_after = created_at");
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    device_confirm(&scene->phone);
    device_confirm(&scene->desk);
    /* This arrives after everything that they were owed. */
    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_two, SOON_MS));
    device_confirm(&scene->phone);
    device_confirm(&scene->desk);
    assert_true(rig_await_integer(
        rig, "SELECT sum(attempts) FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
}

static bool phone_has_one(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 1);
}

/* Its request, and one after it, are answered. */
static bool phone_was_refused(struct rig *rig)
{
    return rig_check(rig, "alice", 1000) == STORE_UNAVAILABLE;
}

static void pass(struct scene *scene, int64_t ms)
{
    scene->rig.store.steady_offset += ms;
    wheel_turn(scene->rig.wheel);
    rig_idle(&scene->rig.store, 1);
}

static void a_failed_fetch_is_not_taken_for_an_overdue_confirmation(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;
    char away[160];

    delivery_end(&scene->phone.delivery);
    snprintf(away, sizeof(away), "%s.away", rig->path);
    rig_insert(rig, "alice", 1);
    assert_int_equal(rename(rig->path, away), 0);
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    scene->phone.delivery = delivery_begin(
        &scene->service, scene->phone.peer, "alice", false, 0, NULL, scene->desk.delivery);
    /* It is requested, refused, and will be requested again. */
    assert_true(rig_until(rig, phone_was_refused, SOON_MS));
    assert_int_equal(rename(away, rig->path), 0);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    delivery_resume(scene->phone.delivery);
    assert_true(rig_until(rig, phone_has_one, SOON_MS));
    pass(scene, 2000);
    page_gather(&scene->phone.page);
    assert_int_not_equal(scene->phone.page.last, FRAME_CLOSE);
    pass(scene, 60000);
    page_expect_close(&scene->phone.page, 4408);
}

static bool desk_is_stuck(struct rig *rig)
{
    const struct scene *scene = (struct scene *)rig;

    return delivery_unconfirmed(scene->desk.delivery) == 50 && peer_unsent(scene->desk.peer) > 0;
}

static bool desk_has_all(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    page_gather(&scene->phone.page);
    return device_has(&scene->desk, 50);
}

/* The desk's socket is full, and the phone's confirmation is not read yet. */
static void who_has_not_got_it_yet_is_not_late(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    scene->service.window_bytes = 1 << 24;
    peer_hold(scene->phone.peer);
    rig_sql(rig, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) "
                 "INSERT INTO notifications (user_id, title, data) "
                 "SELECT 'alice', 'large', json_object('x', hex(zeroblob(15000))) FROM n");
    assert_true(rig_until(rig, desk_is_stuck, SOON_MS));
    pass(scene, 61000);
    assert_non_null(scene->desk.peer);
    page_gather(&scene->phone.page);
    assert_int_not_equal(scene->phone.page.last, FRAME_CLOSE);
    peer_go_on(scene->phone.peer);
    assert_true(rig_until(rig, desk_has_all, SOON_MS));
    pass(scene, 61000);
    page_expect_close(&scene->phone.page, 4408);
    page_expect_close(&scene->desk.page, 4408);
}

static bool phone_has_two(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 2);
}

static void a_late_pong_settles_nothing_of_the_next_subscription(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;
    uint32_t first;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    first = scene->phone.sequence;
    delivery_end(&scene->phone.delivery);
    device_subscribe(scene, &scene->phone, scene->desk.delivery);
    assert_true(rig_until(rig, phone_has_two, SOON_MS));
    delivery_confirmed(scene->phone.delivery, first);
    assert_int_equal(delivery_unconfirmed(scene->phone.delivery), 1);
    device_confirm(&scene->phone);
    assert_int_equal(delivery_unconfirmed(scene->phone.delivery), 0);
}

int main(void)
{
#define DELIVERY_TEST(f) cmocka_unit_test_setup_teardown(f, devices_set_up, devices_tear_down)
    static const struct CMUnitTest contract[] = {
        DELIVERY_TEST(a_late_confirmation_of_the_first_sending_does_not_stand_for_the_second),
        DELIVERY_TEST(nor_where_whoever_set_it_back_left_no_trace_of_the_first),
        DELIVERY_TEST(a_late_pong_settles_nothing_of_the_next_subscription),
        DELIVERY_TEST(a_clock_that_is_set_back_brings_nothing_twice),
    };
    static const struct CMUnitTest of_files[] = {
        cmocka_unit_test(a_row_set_back_goes_to_every_device_whatever_came_before),
        DELIVERY_TEST(a_failed_fetch_is_not_taken_for_an_overdue_confirmation),
        DELIVERY_TEST(who_has_not_got_it_yet_is_not_late),
    };

    return RIG_RUN(contract, of_files);
}
