/*
 * The upgrade of a session on HTTP long polling to a WebSocket, by bare requests
 * over real sockets, at a set time; and what is kept of POSTs meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/framing/peer_rig.h"
#include "tests/unit/framing/poller.h"
#include "tests/unit/framing/request_client.h"

static int set_up(void **state)
{
    *state = rig_new();
    return 0;
}

static int tear_down(void **state)
{
    rig_free(*state);
    return 0;
}

/* Opens the WebSocket of the session. */
static void probe_open(struct poller *poller, struct client *probe)
{
    char target[POLLER_TARGET_SIZE];

    snprintf(target, sizeof(target), "/socket.io/?EIO=4&transport=websocket%s",
        strstr(poller->target, "&sid="));
    assert_int_equal(peer_client_open(probe, poller->rig, target, ""), 101);
}

static void probe_answered(struct poller *poller, struct client *probe)
{
    probe_open(poller, probe);
    peer_client_send(probe, "2probe");
    peer_client_expect(probe, "3probe");
}

/* … of a session that is connected; the GET that it held is answered. */
static void idle_probe_answered(struct poller *poller, struct rig *rig, struct client *probe)
{
    struct client held;

    poller_connect(poller, rig);
    poller_get(poller, &held);
    probe_answered(poller, probe);
    request_expect(&held, 200, "6");
}

static void an_upgrade_takes_along_what_waits(void **state)
{
    struct rig *rig = *state;
    const struct framing_counters *counters = framings_counters(rig->framings);
    struct poller poller;
    struct client probe;

    idle_probe_answered(&poller, rig, &probe);
    poller_rig_send(rig, "1");
    peer_client_send(&probe, "5");
    peer_client_expect(&probe, "42[\"n\",1]");
    poller_rig_send(rig, "2");
    peer_client_expect(&probe, "42[\"n\",2]");
    peer_client_send(&probe, "42[\"a\"]");
    rig_expect_told(rig, "event a - -1 0\n");
    poller_expect_gone(&poller);
    assert_int_equal(counters->upgrades_begun, 1);
    assert_int_equal(counters->upgrades_done, 1);
    assert_int_equal(counters->upgrades_failed, 0);
    rig_advance(rig, SLOT_MS);
    assert_int_equal(framings_directory_counters(rig->framings)->ended[DIRECTORY_UPGRADED], 1);
    peer_client_end(&probe, rig, "closed 1006\n");
}

static void a_probe_that_comes_to_nothing_changes_nothing(void **state)
{
    struct rig *rig = *state;
    const struct framing_counters *counters = framings_counters(rig->framings);
    struct poller poller;
    struct client probe;

    idle_probe_answered(&poller, rig, &probe);
    poller_rig_send(rig, "1");
    peer_client_close(&probe);
    for (int i = 0; i < 200 && counters->upgrades_failed == 0; i++)
        rig_turn(rig);
    assert_int_equal(counters->upgrades_failed, 1);
    poller_expect(&poller, "42[\"n\",1]");
    poller_post(&poller, "42[\"a\"]");
    rig_expect_told(rig, "event a - -1 0\n");
    assert_int_equal(counters->upgrades_done, 0);
}

static void a_probe_that_says_nothing_is_given_up(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client held, probe;

    poller_connect(&poller, rig);
    poller_get(&poller, &held);
    probe_open(&poller, &probe);
    rig_advance(rig, 11000);
    peer_client_expect_close(&probe, 1000);
    peer_client_close(&probe);
    assert_int_equal(framings_counters(rig->framings)->upgrades_failed, 1);
    poller_rig_send(rig, "1");
    request_expect(&held, 200, "42[\"n\",1]");
}

/* … of one that is held: its POST is answered, so that the client can let go of polling. */
static void held_probe_answered(
    struct poller *poller, struct rig *rig, struct client *probe, const char *body)
{
    struct client posted;

    poller_hold(poller, rig, &posted, body);
    probe_answered(poller, probe);
    request_expect(&posted, 200, "ok");
}

/* The client has sent `5`, so the rest of its POST comes before what the WebSocket brings. */
static void a_post_that_is_held_back_goes_along_with_an_upgrade(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe;

    held_probe_answered(&poller, rig, &probe, A_AND_B);
    peer_client_send(&probe, "5");
    peer_client_send(&probe, "42[\"c\"]");
    rig_expect_told(rig, "");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nevent c - -1 0\n");
    peer_client_end(&probe, rig, "closed 1006\n");
}

/* The first answer may reach the client before `3probe` does: it sends its next POST then. */
static void so_does_a_second_post(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe;

    held_probe_answered(&poller, rig, &probe, A_AND_B);
    poller_post(&poller, "42[\"c\"]\x1e"
                         "42[\"d\"]");
    peer_client_send(&probe, "5");
    peer_client_send(&probe, "42[\"e\"]");
    rig_expect_told(rig, "");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nevent c - -1 0\nevent d - -1 0\n"
                         "event e - -1 0\n");
    peer_client_end(&probe, rig, "closed 1006\n");
}

/* max_message is 4096. */
static void what_is_kept_of_posts_is_bounded(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe, third;
    char body[4001];

    snprintf(body, sizeof(body), "42[\"%0*d\"]", 3900, 0);
    held_probe_answered(&poller, rig, &probe, body);
    poller_post(&poller, body);
    request_send_unanswered(&third, rig, "POST", poller.target, body);
    rig_expect_told(rig, "");
    peer_client_close(&third);
    peer_client_close(&probe);
}

/* It stays on polling, and its next POST comes behind what is kept. */
static void a_probe_that_fails_leaves_what_is_kept(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe, next;

    held_probe_answered(&poller, rig, &probe, A_AND_B);
    peer_client_send(&probe, "nonsense");
    peer_client_expect_close(&probe, 1002);
    peer_client_close(&probe);
    request_send_unanswered(&next, rig, "POST", poller.target, "42[\"c\"]");
    rig_expect_told(rig, "");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nevent c - -1 0\n");
    request_expect(&next, 200, "ok");
}

/* It is held again by each packet. */
static void what_is_kept_comes_at_the_pace_of_the_session(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe;

    held_probe_answered(&poller, rig, &probe, A_AND_B);
    rig->is_busy = true;
    peer_client_send(&probe, "5");
    peer_client_send(&probe, "42[\"c\"]");
    peer_go_on(rig->peer);
    peer_hold(rig->peer);
    rig_advance(rig, SLOT_MS);
    rig_expect_told(rig, "");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event a - -1 0\n");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event b - -1 0\n");
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event c - -1 0\n");
    poller_rig_go_on(rig);
    peer_client_end(&probe, rig, "closed 1006\n");
}

static void a_kept_body_that_is_broken_ends_the_session(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe;

    held_probe_answered(&poller, rig, &probe, "42[\"a\"]\x1e");
    peer_client_send(&probe, "5");
    poller_rig_go_on(rig);
    peer_client_expect_close(&probe, 4400);
    peer_client_end(&probe, rig, "event a - -1 0\nclosed 4400\n");
    assert_int_equal(framings_counters(rig->framings)->bad_messages, 1);
}

static void a_session_may_end_while_its_posts_are_kept(void **state)
{
    struct rig *rig = *state;
    struct poller poller;
    struct client probe;

    held_probe_answered(&poller, rig, &probe, A_AND_B);
    peer_close(rig->peer, 4401, "token_expired");
    peer_client_expect_close(&probe, 1000);
    peer_client_close(&probe);
    poller_expect(&poller, "1");
    rig_expect_told(rig, "closed 4401\n");
    held_probe_answered(&poller, rig, &probe, A_AND_B);
    peer_client_send(&probe, "5");
    peer_close(rig->peer, 4401, "token_expired");
    peer_client_expect_close(&probe, 4401);
    peer_client_end(&probe, rig, "closed 4401\n");
    held_probe_answered(&poller, rig, &probe, A_AND_B);
    peer_client_send(&probe, "5");
    peer_client_close(&probe);
    poller_rig_go_on(rig);
    rig_expect_told(rig, "event a - -1 0\nevent b - -1 0\nclosed 1006\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_upgrade_takes_along_what_waits),
        TEST(a_probe_that_comes_to_nothing_changes_nothing),
        TEST(a_probe_that_says_nothing_is_given_up),
        TEST(a_post_that_is_held_back_goes_along_with_an_upgrade),
        TEST(so_does_a_second_post),
        TEST(what_is_kept_of_posts_is_bounded),
        TEST(a_probe_that_fails_leaves_what_is_kept),
        TEST(what_is_kept_comes_at_the_pace_of_the_session),
        TEST(a_kept_body_that_is_broken_ends_the_session),
        TEST(a_session_may_end_while_its_posts_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
