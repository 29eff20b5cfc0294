#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 5000

static struct rig_answer attach(struct rig *rig, const char *user)
{
    return rig_attach(rig, user, 1000, 64, OCTETS);
}

static void refuses_tokens_that_a_revocation_covers(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig, "INSERT INTO revocations (user_id, not_before)"
                 " VALUES ('mallory', '2026-11-22T19:19:00.900Z')");
    /* 2026-11-22T19:19:00Z */
    assert_int_equal(rig_attach(rig, "mallory", 1795375140, 64, OCTETS).verdict, STORE_REVOKED);
    assert_int_equal(rig_attach(rig, "mallory", -1, 64, OCTETS).verdict, STORE_REVOKED);
    assert_int_equal(rig_attach(rig, "mallory", 1795375141, 64, OCTETS).verdict, STORE_OK);
    assert_int_equal(rig_check(rig, "mallory", 1795375140), STORE_REVOKED);
    assert_int_equal(rig_check(rig, "mallory", 1795375141), STORE_OK);
    assert_int_equal(rig_check(rig, "alice", -1), STORE_OK);
    assert_true(rig_await_integer(
        rig, "SELECT connections FROM presence WHERE user_id = 'mallory'", 1, SOON_MS));
}

static void tells_of_a_revocation_within_a_second(void **state)
{
    struct rig *rig = *state;

    attach(rig, "mallory");
    rig_sql(rig, "INSERT INTO revocations (user_id, not_before)"
                 " VALUES ('mallory', '2026-11-22T19:19:00.900Z')");
    assert_true(rig_await(rig, RIG_REVOKED, 1, 1000));
    assert_int_equal(rig->not_before, 1795375140);
    assert_string_equal(rig->last_user, "mallory");
    rig_sql(rig, "UPDATE revocations SET not_before = '2026-11-22T19:20:00.000Z'");
    assert_true(rig_await(rig, RIG_REVOKED, 2, 1000));
}

static void says_who_is_here(void **state)
{
    struct rig *rig = *state;

    attach(rig, "alice");
    attach(rig, "alice");
    attach(rig, "bob");
    assert_true(rig_await_integer(
        rig, "SELECT connections FROM online_users WHERE user_id = 'alice'", 2, SOON_MS));
    store_detach(rig->store, "alice", NULL);
    store_detach(rig->store, "bob", NULL);
    assert_true(rig_await_integer(
        rig, "SELECT connections FROM presence WHERE user_id = 'bob'", 0, SOON_MS));
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM online_users", 1, SOON_MS));
    rig_stop(rig);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM online_users"), 0);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM gateways"), 0);
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM presence"), 2);
}

static void sets_right_what_dead_gateways_left(void **state)
{
    struct rig *rig = *state;
    char dead[CLOCK_ISO_SIZE], silent[CLOCK_ISO_SIZE], alive[CLOCK_ISO_SIZE];

    rig_stop(rig);
    clock_iso(clock_wall_ms(&rig->clock) - 3600000, dead);
    clock_iso(clock_wall_ms(&rig->clock) - 16000, silent);
    clock_iso(clock_wall_ms(&rig->clock), alive);
    rig_sql(rig,
        "INSERT INTO gateways VALUES ('dead', '%s', '%s'), ('silent', '%s', '%s'),"
        " ('other', '%s', '%s')",
        dead, dead, dead, silent, alive, alive);
    rig_sql(rig,
        "INSERT INTO presence VALUES ('alice', 'dead', 2, '%s'), ('alice', 'other', 1, '%s'),"
        " ('bob', 'rig:1', 3, '%s'), ('carol', 'gone', 0, '%s'), ('dave', 'silent', 1, '%s')",
        dead, alive, dead, dead, dead);
    rig_start(rig);
    assert_true(rig_await_integer(
        rig, "SELECT sum(connections) FROM presence WHERE instance <> 'other'", 0, SOON_MS));
    assert_int_equal(rig_integer(rig, "SELECT connections FROM online_users"), 1);
    if (rig->database->age) {
        rig_stop(rig);
        rig->database->age(rig);
        rig_start(rig);
    }
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM presence WHERE instance IN ('dead', 'gone')", 0, SOON_MS));
    assert_int_equal(rig_integer(rig, "SELECT count(*) FROM presence"), 5);
}

/* We have the lock: an earlier gateway on this machine has ended, however recent its heartbeat. */
static void knows_the_one_before_it_for_dead_at_once(void **state)
{
    struct rig *rig = *state;
    char alive[CLOCK_ISO_SIZE], came[CLOCK_ISO_SIZE];

    rig_stop(rig);
    clock_iso(clock_wall_ms(&rig->clock), alive);
    clock_iso(clock_wall_ms(&rig->clock) - 3600000, came);
    rig_sql(rig, "INSERT INTO gateways VALUES ('rig:0', '%s', '%s'), ('rigid:0', '%s', '%s')",
        alive, alive, alive, alive);
    rig_sql(rig,
        "INSERT INTO presence VALUES ('alice', 'rig:0', 2, '%s'), ('bob', 'rigid:0', 1, '%s')",
        came, came);
    rig_start(rig);
    assert_true(rig_await_integer(
        rig, "SELECT count(*) FROM gateways WHERE instance = 'rig:0'", 0, SOON_MS));
    assert_true(rig_await_integer(rig, "SELECT count(*) FROM online_users", 1, SOON_MS));
    assert_int_equal(
        rig_integer(rig, "SELECT count(*) FROM presence JOIN gateways AS g ON g.instance = "
                         "'rigid:0' WHERE user_id = 'alice' AND last_seen = g.alive_at"),
        1);
    assert_int_equal(rig_integer(rig, "SELECT connections FROM presence WHERE user_id = 'bob'"), 1);
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        STORE_TEST(refuses_tokens_that_a_revocation_covers),
        STORE_TEST(tells_of_a_revocation_within_a_second),
        STORE_TEST(says_who_is_here),
        STORE_TEST(sets_right_what_dead_gateways_left),
    };
    const struct CMUnitTest of_files[] = {
        STORE_TEST(knows_the_one_before_it_for_dead_at_once),
    };

    return RIG_RUN(contract, of_files);
}
