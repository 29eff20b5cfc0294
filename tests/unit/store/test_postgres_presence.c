/* Who is connected, in PostgreSQL, when the gateway begins anew there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/store/postgres_rig.h"
#include "tests/unit/store/rig_requests.h"

#define SOON_MS 10000
#define CONNECTIONS "SELECT coalesce(sum(connections), 0) FROM presence WHERE user_id = 'alice'"

/* As when the server has crashed: its epoch is another one, and all connections end. */
static void crash(struct rig *rig)
{
    rig_sql(rig, "UPDATE epoch SET word = 'another'");
    rig_text(rig, (char[512]){""},
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()");
    assert_true(rig_await(rig, RIG_REPLACED, 1, SOON_MS));
}

/* Clients are sent away, and may come back to another gateway. */
static void those_before_a_crash_do_not_stay_connected(void **state)
{
    struct rig *rig = *state;

    rig_attach(rig, "alice", 1000, 64, 65536);
    assert_true(rig_await_integer(rig, CONNECTIONS, 1, SOON_MS));
    crash(rig);
    assert_true(rig_await_integer(rig, CONNECTIONS, 0, SOON_MS));
    rig_attach(rig, "alice", 1000, 64, 65536);
    assert_true(rig_await_integer(rig, CONNECTIONS, 1, SOON_MS));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            those_before_a_crash_do_not_stay_connected, rig_set_up, rig_tear_down),
    };

    return cmocka_run_group_tests(tests, postgres_rig_start, postgres_rig_stop);
}
