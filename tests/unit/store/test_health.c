#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "gateway/store/health.h"

struct patient {
    struct health health;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    int fd;
};

static int set_up(void **state)
{
    static struct patient patient;

    patient.clock = clock_system();
    patient.fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(patient.fd >= 0);
    log_sink_init(&patient.sink, patient.fd, LOG_TEXT, LOG_DEBUG, &patient.clock, "test");
    patient.log = logger_root(&patient.sink);
    health_init(&patient.health, "writing");
    *state = &patient;
    return 0;
}

static int tear_down(void **state)
{
    close(((struct patient *)*state)->fd);
    return 0;
}

static int lines(const struct patient *patient)
{
    char text[8192] = "";
    int count = 0;

    assert_true(pread(patient->fd, text, sizeof(text) - 1, 0) >= 0);
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

static void fail_at(struct patient *patient, int code, int64_t now)
{
    struct reason why = {"the reason"};

    health_failed(&patient->health, &patient->log,
        code == SQLITE_BUSY ? ENGINE_BUSY : ENGINE_BROKEN, code, &why, now);
}

static void is_tried_again_with_growing_pauses(void **state)
{
    struct patient *patient = *state;
    int64_t now = 1000;
    int64_t last = 0;

    assert_true(health_allows(&patient->health, now));
    for (int tries = 0; tries < 20; tries++) {
        fail_at(patient, SQLITE_FULL, now);
        assert_false(health_allows(&patient->health, now));
        assert_true(patient->health.retry_at - now >= last);
        last = patient->health.retry_at - now;
        now = patient->health.retry_at;
        assert_true(health_allows(&patient->health, now));
    }
    assert_int_equal(last, 2000);
}

static void comes_back_to_a_lock_sooner(void **state)
{
    struct patient *patient = *state;

    fail_at(patient, SQLITE_BUSY, 1000);
    assert_int_equal(patient->health.retry_at, 1001);
    for (int tries = 0; tries < 20; tries++)
        fail_at(patient, SQLITE_BUSY, 1000);
    assert_int_equal(patient->health.retry_at, 1020);
}

static void logs_changes_and_not_every_try(void **state)
{
    struct patient *patient = *state;

    health_worked(&patient->health, &patient->log, 1000);
    assert_int_equal(lines(patient), 0);
    fail_at(patient, SQLITE_BUSY, 1000);
    fail_at(patient, SQLITE_BUSY, 1499);
    health_worked(&patient->health, &patient->log, 1499);
    assert_int_equal(lines(patient), 0);
    fail_at(patient, SQLITE_BUSY, 1000);
    for (int tries = 0; tries < 5; tries++)
        fail_at(patient, SQLITE_BUSY, 1500);
    assert_int_equal(lines(patient), 1);
    fail_at(patient, SQLITE_FULL, 2000);
    fail_at(patient, SQLITE_FULL, 3000);
    assert_int_equal(lines(patient), 2);
    assert_int_equal(patient->health.since, 1000);
    health_worked(&patient->health, &patient->log, 4000);
    health_worked(&patient->health, &patient->log, 5000);
    assert_int_equal(lines(patient), 3);
    assert_true(health_allows(&patient->health, 0));
}

int main(void)
{
#define HEALTH_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        HEALTH_TEST(is_tried_again_with_growing_pauses),
        HEALTH_TEST(comes_back_to_a_lock_sooner),
        HEALTH_TEST(logs_changes_and_not_every_try),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
