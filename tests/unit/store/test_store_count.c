/* Counting unread rows: correct in the end, and without delaying others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/store/rig_requests.h"
#include "tests/unit/store/store_rig.h"

#define OCTETS 65536
#define SOON_MS 30000
#define MANY 30000

static void fill(struct rig *rig, const char *user)
{
    rig_sql(rig,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO notifications (user_id, title, status, delivered_at)"
        " SELECT '%s', 't', 'delivered', strftime('%%Y-%%m-%%dT%%H:%%M:%%fZ') FROM n",
        MANY, user);
}

static uint64_t counted(const struct rig *rig)
{
    struct store_counters counters;

    store_counters(rig->store, &counters);
    return counters.rows_counted;
}

/* In steps before the attach was answered, and once more, since that took more than one. */
static bool is_counted_twice(struct rig *rig)
{
    return counted(rig) == 2 * MANY;
}

static void what_is_read_is_not_counted_anew(void **state)
{
    struct rig *rig = *state;
    uint64_t before;

    fill(rig, "alice");
    assert_int_equal(rig_attach(rig, "alice", 0, 0, OCTETS).unread, MANY);
    assert_true(rig_until(rig, is_counted_twice, SOON_MS));
    before = counted(rig);
    for (int64_t id = 1; id <= 50; id++)
        assert_int_equal(rig_read(rig, "alice", &id, 1, 0).unread, MANY - id);
    rig_idle(rig, 100);
    assert_int_equal(counted(rig), before);
}

static bool one_less_is_told(struct rig *rig)
{
    return rig->unread == MANY - 1;
}

static void others_are_answered_while_somebody_is_counted(void **state)
{
    struct rig *rig = *state;
    const struct store_scan scan = {.user = "bob", .max_rows = 1, .max_bytes = OCTETS};
    uint64_t before;

    fill(rig, "alice");
    rig_attach(rig, "alice", 0, 0, OCTETS);
    rig_attach(rig, "bob", 0, 0, OCTETS);
    assert_true(rig_until(rig, is_counted_twice, SOON_MS));
    before = counted(rig);
    rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE id = 1");
    while (counted(rig) == before)
        rig_idle(rig, 1);
    /* Other requests are answered between two steps. */
    assert_int_equal(rig_fetch(rig, &scan).verdict, STORE_OK);
    assert_true(rig_until(rig, one_less_is_told, SOON_MS));
    assert_true(counted(rig) - before <= 2 * MANY);
}

static bool all_are_counted(struct rig *rig)
{
    return rig->unread == MANY;
}

static void a_long_import_is_counted_once(void **state)
{
    struct rig *rig = *state;

    rig_attach(rig, "alice", 0, 0, OCTETS);
    fill(rig, "alice");
    assert_true(rig_until(rig, all_are_counted, SOON_MS));
    assert_true(counted(rig) <= 3 * MANY);
}

static bool the_count_is_told(struct rig *rig)
{
    return rig->unread == rig_integer(rig, "SELECT count(*) FROM notifications WHERE"
                                           " user_id = 'alice' AND status IN"
                                           " ('pending', 'delivered')");
}

static void the_count_is_right_whatever_happens_meanwhile(void **state)
{
    struct rig *rig = *state;

    fill(rig, "alice");
    rig_attach(rig, "alice", 0, 0, OCTETS);
    for (int64_t i = 1; i <= 20; i++) {
        int64_t id = i * 7;

        rig_sql(rig, "UPDATE notifications SET status = 'read' WHERE id = %d", (int)(i * 1000));
        rig_read(rig, "alice", &id, 1, 0);
        rig_insert(rig, "alice", 1);
        rig_sql(rig, "DELETE FROM notifications WHERE id = %d", (int)(i * 1000 + 1));
    }
    assert_true(rig_until(rig, the_count_is_told, SOON_MS));
}

int main(void)
{
#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)
    const struct CMUnitTest contract[] = {
        STORE_TEST(what_is_read_is_not_counted_anew),
        STORE_TEST(others_are_answered_while_somebody_is_counted),
        STORE_TEST(a_long_import_is_counted_once),
        STORE_TEST(the_count_is_right_whatever_happens_meanwhile),
    };

    return rig_run(contract, sizeof(contract) / sizeof(contract[0]), NULL, 0);
}
