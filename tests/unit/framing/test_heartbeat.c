#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/framing/heartbeat.h"

/* A carrier that reports what the test sets. */
struct stub {
    uint64_t heard, under_way;
    int *asked; /* how often under_way was */
    bool is_paused;
};

static uint64_t stub_heard(const void *object)
{
    return ((const struct stub *)object)->heard;
}

static uint64_t stub_under_way(const void *object)
{
    const struct stub *stub = object;

    ++*stub->asked;
    return stub->under_way;
}

static bool stub_is_paused(const void *object)
{
    return ((const struct stub *)object)->is_paused;
}

static const struct carrier_kind stub_kind = {
    .name = "stub",
    .heard = stub_heard,
    .under_way = stub_under_way,
    .is_paused = stub_is_paused,
};

static const struct heartbeat_terms terms = {.interval_ms = 300, .timeout_ms = 200};

struct beaten {
    struct stub stub;
    struct heartbeat heartbeat;
    uint64_t sent;
};

static int asked;

static enum heartbeat_verdict look(struct beaten *beaten, int64_t now)
{
    struct carrier carrier = {&stub_kind, &beaten->stub};

    return heartbeat_look(&beaten->heartbeat, &terms, carrier, beaten->sent, now);
}

/* Sends a beat of 3 bytes, which the client reads at once unless something is queued before it.
 */
static void beat(struct beaten *beaten, int64_t now)
{
    struct carrier carrier = {&stub_kind, &beaten->stub};

    assert_int_equal(look(beaten, now), HEARTBEAT_BEAT);
    heartbeat_before(&beaten->heartbeat, &terms, carrier, beaten->sent, now);
    beaten->sent += 3;
    beaten->stub.under_way += beaten->stub.under_way > 0 ? 3 : 0;
    heartbeat_behind(&beaten->heartbeat, beaten->sent);
}

static struct beaten begun(void)
{
    struct beaten beaten = {{.asked = &asked}, {0}, 0};

    heartbeat_begin(&beaten.heartbeat, &terms, 0);
    return beaten;
}

static void beats_are_due_at_even_distances_however_late_they_go(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    assert_int_equal(heartbeat_next(&beaten.heartbeat, &terms), 300);
    assert_int_equal(look(&beaten, 299), HEARTBEAT_NOTHING);
    beat(&beaten, 390);
    beaten.stub.heard++;
    assert_int_equal(look(&beaten, 590), HEARTBEAT_NOTHING);
    assert_int_equal(heartbeat_next(&beaten.heartbeat, &terms), 600);
    beat(&beaten, 680);
    beaten.stub.heard++;
    /* Three were missed, and are not sent later. */
    beat(&beaten, 1810);
    assert_int_equal(heartbeat_next(&beaten.heartbeat, &terms), 2010);
    beaten.stub.heard++;
    assert_int_equal(look(&beaten, 2010), HEARTBEAT_NOTHING);
    assert_int_equal(heartbeat_next(&beaten.heartbeat, &terms), 2100);
}

static void first_beats_share_moments(void **state)
{
    const struct heartbeat_terms long_terms = {.interval_ms = 30000, .timeout_ms = 20000};
    const int64_t apart = 30000 / 128, began = 10000 * apart - 30000;
    struct heartbeat early, late;

    (void)state;
    heartbeat_begin(&early, &long_terms, began);
    heartbeat_begin(&late, &long_terms, began + 100);
    assert_int_equal(early.due_at, late.due_at);
    assert_int_equal(early.due_at, began + 30000);
    heartbeat_begin(&late, &long_terms, began + apart);
    assert_int_equal(late.due_at, early.due_at + apart);
}

static void the_kernel_is_not_asked_about_an_idle_client(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    beaten.sent = 100;
    asked = 0;
    beat(&beaten, 300);
    assert_int_equal(asked, 1);
    heartbeat_answered(&beaten.heartbeat);
    beaten.stub.heard++;
    beat(&beaten, 600);
    assert_int_equal(asked, 1);
    assert_int_equal(look(&beaten, 800), HEARTBEAT_SILENT);
    /* It had sent something, but no answer to the last beat, which may still be on its way. */
    beaten.stub.heard++;
    beat(&beaten, 900);
    assert_int_equal(asked, 2);
    heartbeat_answered(&beaten.heartbeat);
    heartbeat_answered(&beaten.heartbeat);
    beaten.stub.heard++;
    beaten.sent += 50;
    beat(&beaten, 1200);
    assert_int_equal(asked, 3);
}

static void silence_is_the_end_after_the_time_out(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    beat(&beaten, 300);
    assert_int_equal(heartbeat_next(&beaten.heartbeat, &terms), 500);
    assert_int_equal(look(&beaten, 499), HEARTBEAT_NOTHING);
    assert_int_equal(look(&beaten, 500), HEARTBEAT_SILENT);
}

static void silence_means_nothing_while_what_was_said_may_wait_unread(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    beat(&beaten, 300);
    beaten.stub.is_paused = true;
    assert_int_equal(look(&beaten, 500), HEARTBEAT_NOTHING);
    beaten.stub.is_paused = false;
    assert_int_equal(look(&beaten, 699), HEARTBEAT_NOTHING);
    assert_int_equal(look(&beaten, 700), HEARTBEAT_SILENT);
}

static void whoever_is_still_taking_what_went_before_the_beat_has_time(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    beaten.sent = 1000;
    beaten.stub.under_way = 600;
    beat(&beaten, 300);
    beaten.stub.under_way = 300;
    assert_int_equal(look(&beaten, 500), HEARTBEAT_NOTHING);
    beaten.stub.under_way = 0; /* the beat, too: from now on there is the time to answer */
    assert_int_equal(look(&beaten, 700), HEARTBEAT_NOTHING);
    assert_int_equal(look(&beaten, 899), HEARTBEAT_NOTHING);
    assert_int_equal(look(&beaten, 900), HEARTBEAT_SILENT);
}

static void whoever_has_stopped_taking_has_none(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    beaten.sent = 1000;
    beaten.stub.under_way = 600;
    beat(&beaten, 300);
    assert_int_equal(look(&beaten, 500), HEARTBEAT_SILENT);
}

static void only_an_answer_to_a_beat_is_one(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    assert_false(heartbeat_answered(&beaten.heartbeat));
    beat(&beaten, 300);
    assert_true(heartbeat_answered(&beaten.heartbeat));
    assert_false(heartbeat_answered(&beaten.heartbeat));
}

static void another_carrier_is_life(void **state)
{
    struct beaten beaten = begun();

    (void)state;
    beat(&beaten, 300);
    heartbeat_moved(&beaten.heartbeat);
    assert_int_equal(look(&beaten, 599), HEARTBEAT_NOTHING);
    beat(&beaten, 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beats_are_due_at_even_distances_however_late_they_go),
        cmocka_unit_test(first_beats_share_moments),
        cmocka_unit_test(the_kernel_is_not_asked_about_an_idle_client),
        cmocka_unit_test(silence_is_the_end_after_the_time_out),
        cmocka_unit_test(silence_means_nothing_while_what_was_said_may_wait_unread),
        cmocka_unit_test(whoever_is_still_taking_what_went_before_the_beat_has_time),
        cmocka_unit_test(whoever_has_stopped_taking_has_none),
        cmocka_unit_test(only_an_answer_to_a_beat_is_one),
        cmocka_unit_test(another_carrier_is_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
