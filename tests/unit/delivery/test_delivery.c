#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/memory.h"
#include "gateway/delivery/delivery.h"
#include "tests/unit/store/store_rig.h"

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

void peer_mark(struct peer *peer, uint32_t sequence)
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

    if (scene->phone.delivery)
        delivery_news(scene->phone.delivery, row, event);
    if (scene->desk.delivery)
        delivery_news(scene->desk.delivery, row, event);
    event_unref(event);
}

static void on_due(void *context, const char *user)
{
    struct scene *scene = context;

    (void)user;
    scene->rig.told[RIG_DUE]++;
    if (scene->phone.delivery)
        delivery_due(scene->phone.delivery);
    if (scene->desk.delivery)
        delivery_due(scene->desk.delivery);
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
    scene->rig.news.set_back = on_set_back;
    scene->rig.news.end = on_end;
    rig_start(&scene->rig);
    scene->service = (struct delivery_service){
        .store = scene->rig.store,
        .wheel = wheel_new(&scene->rig.loop, &scene->rig.clock),
        .clock = &scene->rig.clock,
        .window_rows = 64,
        .window_bytes = OCTETS,
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

/* ── every order of statuses ── */

/* What the devices have done when somebody changes the row. */
enum stage { BOTH_UNCONFIRMED, PHONE_CONFIRMED, BOTH_CONFIRMED, STAGES };
/* How the changes come: all in one transaction, one right behind the other, or each when the
 * gateway has taken up the one before. */
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
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    delivery_confirmed(scene->desk.delivery, scene->desk.sequence);
}

static void reach(struct scene *scene, enum stage stage)
{
    struct rig *rig = &scene->rig;

    rig_insert(rig, "alice", 1);
    assert_true(rig_until(rig, both_have_one, SOON_MS));
    if (stage == BOTH_UNCONFIRMED)
        return;
    delivery_confirmed(scene->phone.delivery, scene->phone.sequence);
    if (stage == BOTH_CONFIRMED)
        delivery_confirmed(scene->desk.delivery, scene->desk.sequence);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM notifications WHERE status = 'delivered'", 1, SOON_MS));
}

static void change(struct rig *rig, const char *const *statuses, enum pace pace)
{
    if (pace == AT_ONCE)
        rig_sql(rig, "BEGIN");
    for (; *statuses; statuses++) {
        rig_sql(rig, "UPDATE notifications SET status = '%s' WHERE id = 1", *statuses);
        if (pace == SLOW)
            assert_true(rig_await_integer(rig, "SELECT count(*) FROM changes", 0, SOON_MS));
    }
    if (pace == AT_ONCE)
        rig_sql(rig, "COMMIT");
}

static bool both_have_the_last(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    confirm_all(scene);
    return rig_integer(rig, "SELECT attempts FROM notifications WHERE id = 2") == 2;
}

static bool both_have_it_again(struct rig *rig)
{
    struct scene *scene = (struct scene *)rig;

    confirm_all(scene);
    return scene->phone.events >= 3 && scene->desk.events >= 3 &&
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
    change(&scene->rig, statuses, pace);
    for (size_t i = 0; statuses[i]; i++)
        last = statuses[i];
    confirm_all(scene);
    /* This one comes behind all that they were owed. */
    rig_insert(&scene->rig, "alice", 1);
    assert_true(rig_until(&scene->rig, both_have_the_last, SOON_MS));
    if (orders[order].is_owed[stage] && !rig_until(&scene->rig, both_have_it_again, SOON_MS))
        fail_msg("order %zu at stage %d, pace %d is swallowed", order, stage, pace);
    if (orders[order].is_owed[stage])
        assert_true(rig_await_integer(&scene->rig,
            "SELECT status = 'delivered' FROM notifications WHERE id = 1", 1, SOON_MS));
    rig_text(&scene->rig, status, "SELECT status FROM notifications WHERE id = 1");
    if (orders[order].is_owed[stage]) {
        assert_in_range(scene->phone.events, 3, 4);
        assert_in_range(scene->desk.events, 3, 4);
    } else if (pace != SLOW || stage == BOTH_UNCONFIRMED) {
        assert_int_equal(scene->phone.events, 2);
        assert_int_equal(scene->desk.events, 2);
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
        cmocka_unit_test(a_row_set_back_goes_to_every_device_whatever_came_before),
        DELIVERY_TEST(a_late_pong_settles_nothing_of_the_next_subscription),
        DELIVERY_TEST(a_failed_fetch_is_not_taken_for_an_overdue_confirmation),
        DELIVERY_TEST(who_has_not_got_it_yet_is_not_late),
        DELIVERY_TEST(a_clock_that_is_set_back_brings_nothing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
