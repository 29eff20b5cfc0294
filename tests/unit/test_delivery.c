#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/delivery/delivery.h"
#include "tests/unit/queue_rig.h"

#define SOON_MS 10000
#define OCTETS 65536

/* A device that notes what it is sent, and confirms when the test says so. */
struct peer {
    struct delivery *delivery;
    size_t events;
    uint32_t sequence; /* of the last ping */
    uint32_t marks;
    bool is_paused;
    uint64_t untaken; /* of what it was sent */
    const char *closed;
};

/* One user's devices, over a real store. */
struct scene {
    struct rig rig; /* first: it is the context of all news */
    struct delivery_service service;
    struct peer phone, desk;
};

/* ── what a delivery says to its peer ── */

void peer_send(struct peer *peer, struct event *event)
{
    (void)event;
    peer->events++;
}

void peer_send_confirmed(struct peer *peer, struct event *event, uint32_t id)
{
    peer_send(peer, event);
    peer->sequence = id;
}

uint32_t peer_next_mark(struct peer *peer)
{
    return ++peer->marks;
}

void peer_ping(struct peer *peer, uint32_t sequence)
{
    peer->sequence = sequence;
}

void peer_cork(struct peer *peer)
{
    (void)peer;
}

void peer_uncork(struct peer *peer)
{
    (void)peer;
}

void peer_close_slow(struct peer *peer, const char *sentence)
{
    peer->closed = sentence;
}

bool peer_is_paused(const struct peer *peer)
{
    return peer->is_paused;
}

uint64_t peer_sent(const struct peer *peer)
{
    return peer->events;
}

uint64_t peer_taken(const struct peer *peer)
{
    return peer->events - peer->untaken;
}

int64_t peer_opened_at(const struct peer *peer)
{
    (void)peer;
    return 0;
}

/* ── what the store tells ── */

static void on_row(void *context, const struct store_row *row)
{
    struct scene *scene = context;
    struct event *event = event_new("notification", row->json, row->len);

    delivery_news(scene->phone.delivery, row, event);
    delivery_news(scene->desk.delivery, row, event);
    event_unref(event);
}

static void on_due(void *context, const char *user)
{
    struct scene *scene = context;

    (void)user;
    scene->rig.told[RIG_DUE]++;
    delivery_due(scene->phone.delivery);
    delivery_due(scene->desk.delivery);
}

static void on_end(void *context)
{
    delivery_flush_all(&((struct scene *)context)->service);
}

static void begin(struct scene *scene, struct peer *peer, struct delivery *sibling)
{
    rig_attach(&scene->rig, "alice", 1000, 64, OCTETS);
    peer->delivery = delivery_begin(&scene->service, peer, "alice", false, 0, NULL, sibling);
}

static int set_up(void **state)
{
    struct scene *scene = mem_zalloc(sizeof(*scene));

    rig_init(&scene->rig);
    scene->rig.news.row = on_row;
    scene->rig.news.due = on_due;
    scene->rig.news.end = on_end;
    rig_start(&scene->rig);
    scene->service = (struct delivery_service){
        .store = scene->rig.store,
        .wheel = wheel_new(&scene->rig.loop, &scene->rig.clock),
        .clock = &scene->rig.clock,
        .window_rows = 64,
        .window_octets = OCTETS,
        .confirm_timeout_ms = 60000,
    };
    begin(scene, &scene->phone, NULL);
    begin(scene, &scene->desk, scene->phone.delivery);
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    delivery_end(&scene->phone.delivery);
    delivery_end(&scene->desk.delivery);
    rig_stop(&scene->rig);
    wheel_free(scene->service.wheel);
    rig_release(&scene->rig);
    free(scene);
    return 0;
}

static bool both_have_one(struct rig *rig)
{
    const struct scene *scene = (struct scene *)rig;

    return scene->phone.events == 1 && scene->desk.events == 1;
}

static bool both_have_two(struct rig *rig)
{
    const struct scene *scene = (struct scene *)rig;

    return scene->phone.events == 2 && scene->desk.events == 2;
}

/* A row that the phone has confirmed, and the desk not yet. */
static void deliver_to_the_phone(struct scene *scene)
{
    struct rig *rig = &scene->rig;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
}

static void confirm_late(struct scene *scene, const char *requeue)
{
    struct rig *rig = &scene->rig;

    deliver_to_the_phone(scene);
    rig_sql(rig, "%s", requeue);
    /* The loop has not heard of that. */
    assert_int_equal(rig->told[RIG_DUE], 0);
    delivery_confirmed(scene->desk.delivery, scene->desk.sequence);
    assert_true(rig_until(rig, both_have_two, SOON_MS));
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    delivery_confirmed(scene->desk.delivery, scene->desk.sequence);
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

static void a_clock_that_is_set_back_brings_nothing_twice(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    rig->wall_offset = 1000;
    rig_attach(rig, "alice", 1000, 0, OCTETS);
    rig->wall_offset = 0;
    rig_sql(rig, "UPDATE notifications SET deliver_after = created_at");
    assert_true(rig_await(rig, RIG_DUE, 1, SOON_MS));
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    delivery_confirmed(scene->desk.delivery, scene->desk.sequence);
    /* This comes behind all that they were owed. */
    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_two, SOON_MS));
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    delivery_confirmed(scene->desk.delivery, scene->desk.sequence);
    assert_true(rig_await_integer(
        rig, "SELECT sum(attempts) FROM notifications WHERE status = 'delivered'", 4, SOON_MS));
}

static bool phone_has_one(struct rig *rig)
{
    return ((const struct scene *)rig)->phone.events == 1;
}

/* Its request, and one behind it, are answered. */
static bool phone_was_refused(struct rig *rig)
{
    return rig_check(rig, "alice", 1000) == STORE_UNAVAILABLE;
}

static void pass(struct scene *scene, int64_t ms)
{
    scene->rig.steady_offset += ms;
    wheel_turn(scene->service.wheel);
    rig_idle(&scene->rig, 1);
}

static void a_failed_fetch_is_not_taken_for_an_overdue_confirmation(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    char away[160];

    delivery_end(&scene->phone.delivery);
    snprintf(away, sizeof(away), "%s.away", rig->path);
    rig_insert(rig, "alice", 1);
    assert_int_equal(rename(rig->path, away), 0);
    assert_true(rig_await(rig, RIG_UNAVAILABLE, 1, SOON_MS));
    scene->phone.delivery = delivery_begin(
        &scene->service, &scene->phone, "alice", false, 0, NULL, scene->desk.delivery);
    /* It is asked for, refused, and will be again. */
    assert_true(rig_until(rig, phone_was_refused, SOON_MS));
    assert_int_equal(rename(away, rig->path), 0);
    assert_true(rig_await(rig, RIG_AVAILABLE, 1, SOON_MS));
    delivery_resume(scene->phone.delivery);
    assert_true(rig_until(rig, phone_has_one, SOON_MS));
    pass(scene, 2000);
    assert_null(scene->phone.closed);
    pass(scene, 60000);
    assert_non_null(scene->phone.closed);
}

static void who_has_not_got_it_yet_is_not_late(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    scene->phone.untaken = 1;
    scene->desk.is_paused = true;
    pass(scene, 61000);
    assert_null(scene->phone.closed);
    assert_null(scene->desk.closed);
    scene->phone.untaken = 0;
    scene->desk.is_paused = false;
    pass(scene, 61000);
    assert_non_null(scene->phone.closed);
    assert_non_null(scene->desk.closed);
}

static bool phone_has_two(struct rig *rig)
{
    return ((const struct scene *)rig)->phone.events == 2;
}

static void a_late_pong_settles_nothing_of_the_next_subscription(void **state)
{
    struct scene *scene = *state;
    struct rig *rig = &scene->rig;
    uint32_t first;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    first = scene->phone.sequence;
    delivery_end(&scene->phone.delivery);
    begin(scene, &scene->phone, scene->desk.delivery);
    assert_true(rig_until(rig, phone_has_two, SOON_MS));
    delivery_confirmed(scene->phone.delivery, first);
    assert_int_equal(delivery_unconfirmed(scene->phone.delivery), 1);
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    assert_int_equal(delivery_unconfirmed(scene->phone.delivery), 0);
}

int main(void)
{
#define DELIVERY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        DELIVERY_TEST(a_late_confirmation_of_the_first_sending_does_not_stand_for_the_second),
        DELIVERY_TEST(nor_where_whoever_set_it_back_left_no_trace_of_the_first),
        DELIVERY_TEST(a_late_pong_settles_nothing_of_the_next_subscription),
        DELIVERY_TEST(a_failed_fetch_is_not_taken_for_an_overdue_confirmation),
        DELIVERY_TEST(who_has_not_got_it_yet_is_not_late),
        DELIVERY_TEST(a_clock_that_is_set_back_brings_nothing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
