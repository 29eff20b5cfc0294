/* What is owed to a device where other gateways deliver to its user, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/delivery/delivery_rig.h"
#include "tests/unit/store/postgres_rig.h"
#include "tests/unit/store/rig_requests.h"

static bool phone_has_one(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 1);
}

static bool phone_has_two(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 2);
}

static bool phone_has_its_window(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 64);
}

static bool phone_has_a_hundred(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 100);
}

/* What is behind the first window. */
#define DELIVERED_ELSEWHERE \
    "UPDATE notifications SET status = 'delivered', delivered_at = clock_timestamp()," \
    " delivered_txid = pg_current_xact_id() WHERE id > 64"

/* It begins anew, as if no other device had ever been here. */
static void leave_the_phone_alone(struct scene *scene)
{
    delivery_end(&scene->phone.delivery);
    delivery_end(&scene->desk.delivery);
    device_subscribe(scene, &scene->phone, NULL);
}

/* Nobody has told this gateway yet that the user came to another one. */
static void what_another_gateway_delivers_during_a_scan_is_owed(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    delivery_end(&scene->phone.delivery);
    delivery_end(&scene->desk.delivery);
    rig_insert(rig, "alice", 100);
    device_subscribe(scene, &scene->phone, NULL);
    assert_true(rig_until(rig, phone_has_its_window, SOON_MS));
    rig_sql(rig, DELIVERED_ELSEWHERE);
    device_confirm(&scene->phone);
    assert_true(rig_until(rig, phone_has_a_hundred, SOON_MS));
}

/* Another row comes due meanwhile. */
static void also_where_rows_come_due_behind_it(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;
    char behind[512];

    leave_the_phone_alone(scene);
    rig_sql(rig, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                 "INSERT INTO notifications (user_id, title) SELECT 'alice', 'many' FROM n");
    assert_true(rig_until(rig, phone_has_its_window, SOON_MS));
    rig_sql(rig, DELIVERED_ELSEWHERE);
    rig_text(rig, behind, "SELECT pg_current_snapshot()");
    delivery_due(scene->phone.delivery, behind);
    device_confirm(&scene->phone);
    assert_true(rig_until(rig, phone_has_a_hundred, SOON_MS));
}

/* Its transaction was open for long: when this gateway sees it, the other one has delivered it. */
static void also_a_late_row_with_an_id_that_was_passed(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    leave_the_phone_alone(scene);
    rig_sql(rig, "INSERT INTO notifications (id, user_id, title) OVERRIDING SYSTEM VALUE"
                 " SELECT 100 + i, 'alice', 'many' FROM generate_series(1, 99) AS n(i)");
    assert_true(rig_until(rig, phone_has_its_window, SOON_MS));
    rig_sql(rig, "INSERT INTO notifications (id, user_id, title, status, delivered_at,"
                 " delivered_txid) OVERRIDING SYSTEM VALUE VALUES (50, 'alice', 'late', "
                 "'delivered', clock_timestamp(),"
                 " pg_current_xact_id())");
    assert_int_equal(rig_check(rig, "alice", 1000), STORE_OK);
    device_confirm(&scene->phone);
    assert_true(rig_until(rig, phone_has_a_hundred, SOON_MS));
}

static bool desk_has_one(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->desk, 1);
}

static bool phone_has_four(struct rig *rig)
{
    return device_has(&((struct scene *)rig)->phone, 4);
}

/* It was due when it was inserted, and nothing has come due since. */
static void a_row_that_comes_due_brings_no_older_ones(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    delivery_end(&scene->desk.delivery);
    rig_sql(rig, "INSERT INTO notifications (user_id, title, deliver_after)"
                 " VALUES ('alice', 'now', clock_timestamp())");
    rig_insert(rig, "alice", 3);
    assert_true(rig_until(rig, phone_has_four, SOON_MS));
    device_confirm(&scene->phone);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
    device_subscribe(scene, &scene->desk, scene->phone.delivery);
    assert_int_equal(rig_check(rig, "alice", 1000), STORE_OK);
    rig_sql(rig, "INSERT INTO notifications (user_id, title, deliver_after)"
                 " VALUES ('alice', 'soon', clock_timestamp() + interval '300 milliseconds')");
    assert_true(rig_until(rig, desk_has_one, SOON_MS));
    rig_idle(rig, 100);
    assert_true(desk_has_one(rig));
}

/* The gateway hears of it when the user's device here has confirmed a row. */
static void what_was_confirmed_here_does_not_come_again_for_other_gateways(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;
    char before[512];

    delivery_end(&scene->desk.delivery);
    rig_text(rig, before, "SELECT pg_current_snapshot()");
    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, phone_has_one, SOON_MS));
    device_confirm(&scene->phone);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
    delivery_share_gateways(scene->phone.delivery);
    delivery_due(scene->phone.delivery, before);
    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, phone_has_two, SOON_MS));
    rig_idle(rig, 100);
    assert_true(phone_has_two(rig));
}

int main(void)
{
#define DELIVERY_TEST(f) cmocka_unit_test_setup_teardown(f, devices_set_up, devices_tear_down)
    static const struct CMUnitTest tests[] = {
        DELIVERY_TEST(what_another_gateway_delivers_during_a_scan_is_owed),
        DELIVERY_TEST(also_where_rows_come_due_behind_it),
        DELIVERY_TEST(also_a_late_row_with_an_id_that_was_passed),
        DELIVERY_TEST(a_row_that_comes_due_brings_no_older_ones),
        DELIVERY_TEST(what_was_confirmed_here_does_not_come_again_for_other_gateways),
    };

    return cmocka_run_group_tests(tests, postgres_rig_start, postgres_rig_stop);
}
