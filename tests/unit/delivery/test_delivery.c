#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build-config.h"
#include "common/memory.h"
#include "gateway/delivery/delivery.h"
#include "gateway/net/frame.h"
#include "tests/unit/realtime/realtime_rig.h"
#include "tests/unit/store/rig_requests.h"
#ifdef WITH_POSTGRESQL
#include "tests/unit/store/postgres_rig.h"
#endif

#define SOON_MS 10000
#define OCTETS 65536

/* A device: a page that answers each ping, and a delivery that is told of the pong only when the
 * test says so. */
struct device {
    struct page page;
    struct peer *peer; /* NULL once it is closed */
    struct delivery *delivery;
    uint32_t sequence; /* of the last pong */
    size_t pongs;
    int closed; /* its code */
};

/* One user's devices, over a real store and real sockets. */
struct scene {
    struct realtime_rig rig; /* first: its store_rig is the context of all news */
    struct delivery_service service;
    struct device phone, desk;
    struct device *connecting;
};

/* ── callbacks of the framing ── */

static void on_connect(struct peer *peer, const struct peer_connect *connect)
{
    struct scene *scene = peer_owner_context(peer);

    scene->connecting->peer = peer;
    peer_set_object(peer, scene->connecting);
    peer_accept(peer, connect->namespace);
}

static void on_event(struct peer *peer, const struct peer_event *event)
{
    (void)peer;
    (void)event;
}

static void on_confirmed(struct peer *peer, uint32_t sequence)
{
    struct device *device = peer_object(peer);

    device->sequence = sequence;
    device->pongs++;
}

static void on_closed(struct peer *peer, int code)
{
    struct device *device = peer_object(peer);

    device->closed = code;
    delivery_end(&device->delivery);
    device->peer = NULL;
}

static const struct peer_owner owner = {
    .connect = on_connect,
    .event = on_event,
    .confirmed = on_confirmed,
    .closed = on_closed,
};

/* ── callbacks of the store ── */

static void on_row(void *context, const struct store_row *row)
{
    struct scene *scene = context;
    struct event *event = event_new("notification", row->json, row->len);

    if (scene->phone.delivery)
        delivery_news(scene->phone.delivery, row, event);
    if (scene->desk.delivery)
        delivery_news(scene->desk.delivery, row, event);
    event_unref(event);
}

static void on_due(void *context, const char *user, const char *mark)
{
    struct scene *scene = context;

    (void)user;
    scene->rig.store.told[RIG_DUE]++;
    if (scene->phone.delivery)
        delivery_due(scene->phone.delivery, mark);
    if (scene->desk.delivery)
        delivery_due(scene->desk.delivery, mark);
}

static void on_set_back(void *context, const char *user, const int64_t *ids, size_t count)
{
    struct scene *scene = context;

    (void)user;
    if (scene->phone.delivery)
        delivery_set_back(scene->phone.delivery, ids, count);
    if (scene->desk.delivery)
        delivery_set_back(scene->desk.delivery, ids, count);
}

static void on_end(void *context)
{
    delivery_flush_all(&((struct scene *)context)->service);
}

/* ── the scene ── */

static void subscribe(struct scene *scene, struct device *device, struct delivery *sibling)
{
    rig_attach(&scene->rig.store, "alice", 1000, 64, OCTETS);
    device->delivery =
        delivery_begin(&scene->service, device->peer, "alice", false, 0, NULL, sibling);
}

static bool is_accepted(struct rig *rig)
{
    return ((const struct scene *)rig)->connecting->peer != NULL;
}

static void connect_device(struct scene *scene, struct device *device)
{
    scene->connecting = device;
    page_knock(&device->page, &scene->rig, "any");
    assert_true(rig_until(&scene->rig.store, is_accepted, SOON_MS));
}

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));
    struct rig *store = &scene->rig.store;

    realtime_rig_init(&scene->rig);
    store->news.row = on_row;
    store->news.due = on_due;
    store->news.set_back = on_set_back;
    store->news.end = on_end;
    rig_start(store);
    realtime_rig_serve(&scene->rig, &owner, scene);
    scene->service = (struct delivery_service){
        .store = store->store,
        .wheel = scene->rig.wheel,
        .clock = &store->clock,
        .window_rows = 64,
        .window_bytes = OCTETS,
        .confirm_timeout_ms = 60000,
    };
    connect_device(scene, &scene->phone);
    connect_device(scene, &scene->desk);
    subscribe(scene, &scene->phone, NULL);
    subscribe(scene, &scene->desk, scene->phone.delivery);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    page_close(&scene->phone.page);
    page_close(&scene->desk.page);
    server_free(scene->rig.server);
    realtime_advance(&scene->rig, 60000);
    assert_null(scene->phone.delivery);
    assert_null(scene->desk.delivery);
    rig_stop(&scene->rig.store);
    realtime_rig_release(&scene->rig);
    free(scene);
    return 0;
}

/* Receives that many notifications, and the ping after the last of them is answered. */
static bool has(struct device *device, size_t count)
{
    page_gather(&device->page);
    return device->page.texts == count && device->page.last == FRAME_PING &&
           device->pongs == device->page.pings;
}

static void confirm(struct device *device)
{
    delivery_confirmed(device->delivery, device->sequence);
}

static bool both_have_one(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    return has(&scene->phone, 1) && has(&scene->desk, 1);
}

static bool both_have_two(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    return has(&scene->phone, 2) && has(&scene->desk, 2);
}

/* A row that the phone has confirmed, and the desk not yet. */
static void deliver_to_the_phone(struct scene *scene)
{
    struct rig *rig = &scene->rig.store;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    confirm(&scene->phone);
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
    confirm(&scene->desk);
    assert_true(rig_until(rig, both_have_two, SOON_MS));
    confirm(&scene->phone);
    confirm(&scene->desk);
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
    confirm(&scene->phone);
    confirm(&scene->desk);
}

static void reach(struct scene *scene, enum stage stage)
{
    struct rig *rig = &scene->rig.store;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    if (stage == BOTH_UNCONFIRMED)
        return;
    confirm(&scene->phone);
    if (stage == BOTH_CONFIRMED)
        confirm(&scene->desk);
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

    assert_int_equal(set_up((void **)&scene), 0);
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
    assert_int_equal(tear_down((void **)&scene), 0);
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
    confirm(&scene->phone);
    confirm(&scene->desk);
    /* This arrives after everything that they were owed. */
    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_two, SOON_MS));
    confirm(&scene->phone);
    confirm(&scene->desk);
    assert_true(rig_await_integer(
        rig, "SELECT sum(attempts) FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
}

static bool phone_has_one(struct rig *rig)
{
    return has(&((struct scene *)rig)->phone, 1);
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
    return has(&scene->desk, 50);
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
    return has(&((struct scene *)rig)->phone, 2);
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
    subscribe(scene, &scene->phone, scene->desk.delivery);
    assert_true(rig_until(rig, phone_has_two, SOON_MS));
    delivery_confirmed(scene->phone.delivery, first);
    assert_int_equal(delivery_unconfirmed(scene->phone.delivery), 1);
    confirm(&scene->phone);
    assert_int_equal(delivery_unconfirmed(scene->phone.delivery), 0);
}

#ifdef WITH_POSTGRESQL
/* ── other gateways ── */

static bool phone_has_its_window(struct rig *rig)
{
    return has(&((struct scene *)rig)->phone, 64);
}

static bool phone_has_a_hundred(struct rig *rig)
{
    return has(&((struct scene *)rig)->phone, 100);
}

/* What is behind the first window. */
#define DELIVERED_ELSEWHERE \
    "UPDATE notifications SET status = 'delivered', delivered_at = clock_timestamp()," \
    " delivered_txid = pg_current_xact_id() WHERE id > 64"

/* Nobody has told this gateway yet that the user came to another one. */
static void what_another_gateway_delivers_during_a_scan_is_owed(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    delivery_end(&scene->phone.delivery);
    delivery_end(&scene->desk.delivery);
    rig_insert(rig, "alice", 100);
    subscribe(scene, &scene->phone, NULL);
    assert_true(rig_until(rig, phone_has_its_window, SOON_MS));
    rig_sql(rig, DELIVERED_ELSEWHERE);
    confirm(&scene->phone);
    assert_true(rig_until(rig, phone_has_a_hundred, SOON_MS));
}

/* Another row comes due meanwhile. */
static void also_where_rows_come_due_behind_it(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;
    char behind[512];

    delivery_end(&scene->phone.delivery);
    delivery_end(&scene->desk.delivery);
    subscribe(scene, &scene->phone, NULL);
    rig_sql(rig, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                 "INSERT INTO notifications (user_id, title) SELECT 'alice', 'many' FROM n");
    assert_true(rig_until(rig, phone_has_its_window, SOON_MS));
    rig_sql(rig, DELIVERED_ELSEWHERE);
    rig_text(rig, behind, "SELECT pg_current_snapshot()");
    delivery_due(scene->phone.delivery, behind);
    confirm(&scene->phone);
    assert_true(rig_until(rig, phone_has_a_hundred, SOON_MS));
}

/* Its transaction was open for long: when this gateway sees it, the other one has delivered it. */
static void also_a_late_row_with_an_id_that_was_passed(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig.store;

    delivery_end(&scene->phone.delivery);
    delivery_end(&scene->desk.delivery);
    subscribe(scene, &scene->phone, NULL);
    rig_sql(rig, "INSERT INTO notifications (id, user_id, title) OVERRIDING SYSTEM VALUE"
                 " SELECT 100 + i, 'alice', 'many' FROM generate_series(1, 99) AS n(i)");
    assert_true(rig_until(rig, phone_has_its_window, SOON_MS));
    rig_sql(rig, "INSERT INTO notifications (id, user_id, title, status, delivered_at,"
                 " delivered_txid) OVERRIDING SYSTEM VALUE VALUES (50, 'alice', 'late', "
                 "'delivered', clock_timestamp(),"
                 " pg_current_xact_id())");
    assert_int_equal(rig_check(rig, "alice", 1000), STORE_OK);
    confirm(&scene->phone);
    assert_true(rig_until(rig, phone_has_a_hundred, SOON_MS));
}

static bool desk_has_one(struct rig *rig)
{
    return has(&((struct scene *)rig)->desk, 1);
}

static bool phone_has_four(struct rig *rig)
{
    return has(&((struct scene *)rig)->phone, 4);
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
    confirm(&scene->phone);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
    subscribe(scene, &scene->desk, scene->phone.delivery);
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
    confirm(&scene->phone);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
    delivery_share_gateways(scene->phone.delivery);
    delivery_due(scene->phone.delivery, before);
    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, phone_has_two, SOON_MS));
    rig_idle(rig, 100);
    assert_true(phone_has_two(rig));
}
#endif

int main(void)
{
#define DELIVERY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
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
    int failed = RIG_RUN(contract, of_files);

#ifdef WITH_POSTGRESQL
    static const struct CMUnitTest of_gateways[] = {
        DELIVERY_TEST(what_another_gateway_delivers_during_a_scan_is_owed),
        DELIVERY_TEST(also_where_rows_come_due_behind_it),
        DELIVERY_TEST(also_a_late_row_with_an_id_that_was_passed),
        DELIVERY_TEST(a_row_that_comes_due_brings_no_older_ones),
        DELIVERY_TEST(what_was_confirmed_here_does_not_come_again_for_other_gateways),
    };

    failed += cmocka_run_group_tests(of_gateways, postgres_rig_start, postgres_rig_stop);
#endif
    return failed;
}
