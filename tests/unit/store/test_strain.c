#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "gateway/store/strain.h"

struct scene {
    struct strain strain;
    struct clock clock;
    struct log_sink sink;
    struct logger log;
    int fd;
};

static int set_up(void **state)
{
    static struct scene scene;

    scene = (struct scene){.clock = clock_system()};
    scene.fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(scene.fd >= 0);
    log_sink_init(&scene.sink, scene.fd, LOG_TEXT, LOG_DEBUG, &scene.clock, "test");
    scene.log = logger_root(&scene.sink);
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    close(((struct scene *)*state)->fd);
    return 0;
}

static int count(const struct scene *scene, const char *words)
{
    char text[8192] = "";
    int found = 0;

    assert_true(pread(scene->fd, text, sizeof(text) - 1, 0) >= 0);
    for (const char *at = text; (at = strstr(at, words)); at++)
        found++;
    return found;
}

static void note(struct scene *scene, uint64_t rows, int64_t steady)
{
    strain_note(&scene->strain, &scene->log, STRAIN_ROWS, rows, NULL, steady);
}

static void a_moment_is_not_worth_a_line(void **state)
{
    struct scene *scene = *state;

    note(scene, 50000, 1000);
    note(scene, 50000, 5999);
    note(scene, 0, 6000);
    note(scene, 50000, 6001);
    note(scene, 50000, 11000);
    assert_int_equal(count(scene, "\n"), 0);
}

static void what_lasts_is_logged_once_a_minute_and_when_it_is_over(void **state)
{
    struct scene *scene = *state;

    for (int64_t steady = 0; steady < 64000; steady += 100)
        note(scene, 20000, steady);
    assert_int_equal(count(scene, "faster than they can be sent"), 1);
    assert_int_equal(count(scene, "(20000)"), 1);
    note(scene, 30000, 65000);
    assert_int_equal(count(scene, "(30000)"), 1);
    note(scene, 9000, 66000);
    assert_int_equal(count(scene, "have been sent"), 0);
    note(scene, 4999, 67000);
    note(scene, 0, 68000);
    assert_int_equal(count(scene, "have been sent"), 1);
}

static void each_kind_is_for_itself(void **state)
{
    struct scene *scene = *state;

    strain_note(&scene->strain, &scene->log, STRAIN_WAL, 70000, NULL, 0);
    note(scene, 0, 3000);
    strain_note(&scene->strain, &scene->log, STRAIN_WAL, 70000, NULL, 5000);
    assert_int_equal(count(scene, "-wal"), 1);
    assert_int_equal(count(scene, "\n"), 1);
}

static void the_cause_is_named_where_it_is_known(void **state)
{
    struct scene *scene = *state;

    for (uint64_t failures = 1; failures < 10; failures++)
        strain_note(&scene->strain, &scene->log, STRAIN_CHECKPOINTS, failures,
            "database or disk is full", (int64_t)failures * 1000);
    assert_int_equal(count(scene, "cannot be copied"), 1);
    assert_int_equal(count(scene, "its free space: database or disk is full (7)"), 1);
    strain_note(&scene->strain, &scene->log, STRAIN_CHECKPOINTS, 0, "not an error", 11000);
    assert_int_equal(count(scene, "is copied into the database again"), 1);
}

int main(void)
{
#define STRAIN_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STRAIN_TEST(a_moment_is_not_worth_a_line),
        STRAIN_TEST(what_lasts_is_logged_once_a_minute_and_when_it_is_over),
        STRAIN_TEST(each_kind_is_for_itself),
        STRAIN_TEST(the_cause_is_named_where_it_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
