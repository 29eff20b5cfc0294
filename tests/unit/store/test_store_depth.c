/* How much waits in the queue, as it is counted for /metrics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define SOON_MS 20000
/* Longer than the rest between two passes. */
#define REST_MS 16000
#define MANY 1100 /* two batches, and a part of one */
/* Counting them takes a second. */
#define VERY_MANY 25000

static struct store_counters counted(const struct rig *rig)
{
    struct store_counters counters;

    store_counters(rig->store, &counters);
    return counters;
}

static bool all_are_counted(struct rig *rig)
{
    return counted(rig).pending == MANY + 3;
}

static bool very_many_are_counted(struct rig *rig)
{
    return counted(rig).pending == VERY_MANY;
}

static void counts_all_that_is_pending_in_batches(void **state)
{
    struct rig *rig = *state;

    rig_sql(rig,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO notifications (user_id, title) SELECT 'bob', 't' FROM n",
        MANY);
    rig_sql(rig, "INSERT INTO notifications (user_id, title, deliver_after) VALUES"
                 " ('alice', 't', '2100-01-01T00:00:00.000Z'), ('carol', 't', NULL),"
                 " ('dave', 't', NULL)");
    rig_sql(rig, "INSERT INTO notifications (user_id, title, status) VALUES"
                 " ('alice', 't', 'read'), ('carol', 't', 'cancelled')");
    rig_sql(rig, "INSERT INTO notifications (user_id, title, archived_at) VALUES"
                 " ('carol', 't', '2026-01-01T00:00:00.000Z')");
    rig->steady_offset += REST_MS;
    assert_true(rig_until(rig, all_are_counted, SOON_MS));
    assert_int_equal(counted(rig).pending_put_off, 1);
    assert_int_equal(counted(rig).pending_absent, MANY + 2);
    assert_int_equal(counted(rig).pending_under_way, 0);
}

static bool some_are_counted(struct rig *rig)
{
    return counted(rig).pending > 0;
}

/* The next scrape, a moment after a start, is not to say that nothing waits. */
static void tells_at_first_what_it_has_counted_so_far(void **state)
{
    struct rig *rig = *state;

    rig_stop(rig);
    rig_sql(rig,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO notifications (user_id, title) SELECT 'bob', 't' FROM n",
        VERY_MANY);
    rig_start(rig);
    assert_true(rig_until(rig, some_are_counted, SOON_MS));
    assert_true(counted(rig).pending < VERY_MANY);
    assert_true(rig_until(rig, very_many_are_counted, SOON_MS));
}

static bool one_is_old(struct rig *rig)
{
    return counted(rig).oldest_pending_s > 0;
}

static bool none_is_old(struct rig *rig)
{
    return counted(rig).oldest_pending_s == 0 && counted(rig).pending == 3;
}

/* Of bob, who is absent, of alice but not before 2100, and of alice but over: none of these. */
static void only_what_a_connected_user_should_have_is_old(void **state)
{
    struct rig *rig = *state;

    rig_attach(rig, "alice", 0, 0, 65536);
    rig_sql(rig, "INSERT INTO notifications (user_id, title, created_at, deliver_after) VALUES"
                 " ('bob', 't', '2020-01-01T00:00:00.000Z', NULL),"
                 " ('alice', 't', '2020-01-01T00:00:00.000Z', '2100-01-01T00:00:00.000Z')");
    rig_sql(rig, "INSERT INTO notifications (user_id, title, created_at) VALUES"
                 " ('alice', 'due', '2025-01-01T00:00:00.000Z')");
    rig->steady_offset += REST_MS;
    assert_true(rig_until(rig, one_is_old, SOON_MS));
    assert_int_equal(counted(rig).pending_under_way, 1);
    /* Since 2025, and not since 2020. */
    assert_true(counted(rig).oldest_pending_s < UINT64_C(5 * 365) * 86400);
    rig_sql(rig, "UPDATE notifications SET deliver_after = '2100-01-01T00:00:00.000Z'"
                 " WHERE title = 'due'");
    rig->steady_offset += REST_MS;
    assert_true(rig_until(rig, none_is_old, SOON_MS));
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        STORE_TEST(counts_all_that_is_pending_in_batches),
        STORE_TEST(tells_at_first_what_it_has_counted_so_far),
        STORE_TEST(only_what_a_connected_user_should_have_is_old),
    };
    return rig_run(contract, sizeof(contract) / sizeof(contract[0]), NULL, 0);
}
