#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/sqlite/wake.h"

struct place {
    char folder[64];
    char path[192];
    struct wake *wake;
};

static void touch(const struct place *place, const char *name)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", place->folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    close(fd);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));
    struct reason why = {""};

    snprintf(place->folder, sizeof(place->folder), "/tmp/belfry-wake-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/belfry.db", place->folder);
    touch(place, "belfry.db");
    place->wake = wake_new(place->path, &why);
    assert_string_equal(why.text, "");
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[192];

    wake_free(place->wake);
    snprintf(command, sizeof(command), "rm -rf %s %s-moved", place->folder, place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static bool is_readable(const struct wake *wake)
{
    struct pollfd fd = {.fd = wake_fd(wake), .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

static void rests_until_something_happens(void **state)
{
    struct place *place = *state;

    assert_false(is_readable(place->wake));
    assert_false(wake_step(place->wake, 1000));
    assert_int_equal(wake_pause(place->wake, 1000), -1);
}

static void looks_at_once_and_then_ever_more_seldom(void **state)
{
    static const int64_t steps[] = {0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
    struct place *place = *state;

    touch(place, "belfry.db-wal");
    assert_true(is_readable(place->wake));
    assert_true(wake_take(place->wake, 1000));
    assert_false(is_readable(place->wake));
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int64_t now = 1000 + steps[i];
        if (steps[i] > 0) {
            assert_false(wake_step(place->wake, now - 1));
            assert_int_equal(wake_pause(place->wake, now - 1), 1000);
        }
        assert_in_range(wake_pause(place->wake, now), steps[i] > 0 || i == 0 ? 0 : 1,
            steps[i] > 0 || i == 0 ? 0 : 999);
        assert_true(wake_step(place->wake, now));
    }
    assert_int_equal(wake_pause(place->wake, 9999), -1);
    assert_false(wake_step(place->wake, 9999));
}

static void begins_again_with_a_new_event(void **state)
{
    struct place *place = *state;

    touch(place, "belfry.db-wal");
    assert_true(wake_take(place->wake, 0));
    for (int64_t now = 0; now < 70; now++)
        while (wake_step(place->wake, now))
            continue;
    assert_true(wake_pause(place->wake, 70) > 1);
    touch(place, "belfry.db-wal");
    assert_true(wake_take(place->wake, 70));
    assert_true(wake_step(place->wake, 70));
    assert_in_range(wake_pause(place->wake, 70), 1, 999);
}

static void rests_when_all_has_been_seen(void **state)
{
    struct place *place = *state;

    touch(place, "belfry.db-wal");
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_step(place->wake, 0));
    assert_true(wake_saw_move(place->wake)); /* the file is new */
    wake_rest(place->wake);
    assert_int_equal(wake_pause(place->wake, 0), -1);
    assert_false(wake_step(place->wake, 9999));
    assert_true(wake_fd(place->wake) >= 0);
}

/* Each write of a transaction makes an event, and all but the first say nothing new. */
static void leaves_events_alone_while_a_look_is_due_soon(void **state)
{
    struct place *place = *state;

    touch(place, "belfry.db-wal");
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_step(place->wake, 0));
    assert_int_equal(wake_fd(place->wake), -1);
    for (int64_t now = 0; now < 10; now++)
        while (wake_step(place->wake, now))
            continue;
    assert_true(wake_fd(place->wake) >= 0);
}

/* A checkpoint writes the database page by page, and commits nothing. */
static void looks_later_when_only_the_database_is_written(void **state)
{
    struct place *place = *state;

    touch(place, "belfry.db");
    assert_true(wake_take(place->wake, 0));
    assert_false(wake_step(place->wake, 0));
    assert_int_equal(wake_fd(place->wake), -1);
    assert_int_equal(wake_pause(place->wake, 0), 2000);
    touch(place, "belfry.db");
    touch(place, "belfry.db-wal");
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_step(place->wake, 0));
}

static void does_not_care_about_other_files(void **state)
{
    struct place *place = *state;

    touch(place, "belfry.db-shm");
    touch(place, "belfry.db-shm");
    touch(place, "belfry.db.lock");
    touch(place, "belfry");
    touch(place, "belfry.db-walrus");
    touch(place, "other.db");
    assert_false(wake_take(place->wake, 0));
    assert_int_equal(wake_pause(place->wake, 0), -1);
    assert_false(wake_saw_move(place->wake));
}

static void tells_files_that_come_and_go_from_files_that_grow(void **state)
{
    struct place *place = *state;
    char other[256];

    touch(place, "belfry.db");
    assert_true(wake_take(place->wake, 0));
    assert_false(wake_saw_move(place->wake));
    snprintf(other, sizeof(other), "%s/new", place->folder);
    touch(place, "new");
    assert_int_equal(rename(other, place->path), 0);
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_saw_move(place->wake));
    assert_false(wake_saw_move(place->wake));
    assert_int_equal(unlink(place->path), 0);
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_saw_move(place->wake));
}

/* A commit of ours takes the events, has seen all that was written, and does not ask for moves. */
static void does_not_rest_before_somebody_has_asked_for_moves(void **state)
{
    struct place *place = *state;
    char other[256];

    snprintf(other, sizeof(other), "%s/new", place->folder);
    touch(place, "new");
    assert_int_equal(rename(other, place->path), 0);
    assert_true(wake_take(place->wake, 0));
    wake_rest(place->wake);
    assert_int_equal(wake_pause(place->wake, 1000), 0);
    assert_true(wake_step(place->wake, 1000));
    assert_true(wake_saw_move(place->wake));
    wake_rest(place->wake);
    assert_int_equal(wake_pause(place->wake, 1000), -1);
}

static void says_so_where_the_folder_moves_away(void **state)
{
    struct place *place = *state;
    char moved[80];

    assert_true(wake_is_current(place->wake));
    snprintf(moved, sizeof(moved), "%s-moved", place->folder);
    assert_int_equal(rename(place->folder, moved), 0);
    assert_true(wake_take(place->wake, 0));
    assert_false(wake_is_current(place->wake));
}

static void tells_that_the_shm_is_gone(void **state)
{
    struct place *place = *state;
    char shm[256];

    touch(place, "belfry.db-shm");
    assert_false(wake_take(place->wake, 0));
    snprintf(shm, sizeof(shm), "%s-shm", place->path);
    assert_int_equal(unlink(shm), 0);
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_saw_move(place->wake));
}

static void link_to(const char *target, const char *path)
{
    char fresh[256];

    snprintf(fresh, sizeof(fresh), "%s.new", path);
    assert_int_equal(symlink(target, fresh), 0);
    assert_int_equal(rename(fresh, path), 0);
}

/* SQLite keeps the -wal where the links point to. */
static void watches_where_links_lead_to(void **state)
{
    struct place *place = *state;
    char real[128], folder[128], link[192], path[192];
    struct reason why = {""};

    snprintf(real, sizeof(real), "%s/real", place->folder);
    snprintf(folder, sizeof(folder), "%s/current", place->folder);
    snprintf(path, sizeof(path), "%s/queue.db", folder);
    snprintf(link, sizeof(link), "%s/queue.db", real);
    assert_int_equal(mkdir(real, 0700), 0);
    touch(place, "real/other.db");
    assert_int_equal(symlink("other.db", link), 0);
    link_to(real, folder);
    wake_free(place->wake);
    place->wake = wake_new(path, &why);
    touch(place, "real/queue.db-wal");
    touch(place, "real/third.db");
    assert_false(wake_take(place->wake, 0));
    touch(place, "real/other.db-wal");
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_saw_move(place->wake));
    touch(place, "real/other.db-wal");
    assert_true(wake_take(place->wake, 0));
    assert_false(wake_saw_move(place->wake));
    assert_true(wake_is_current(place->wake));
    link_to(place->folder, folder);
    assert_true(wake_take(place->wake, 0));
    assert_true(wake_saw_move(place->wake));
    assert_false(wake_is_current(place->wake));
}

static void works_without_events_where_there_is_no_folder(void **state)
{
    struct reason why = {""};
    struct wake *wake = wake_new("/nonexistent/belfry.db", &why);

    (void)state;
    assert_int_equal(wake_fd(wake), -1);
    assert_string_equal(why.text, "watching /nonexistent: No such file or directory");
    assert_false(wake_take(wake, 0));
    assert_int_equal(wake_pause(wake, 0), -1);
    wake_free(wake);
}

static void survives_more_events_than_fit_at_once(void **state)
{
    struct place *place = *state;

    for (int i = 0; i < 300; i++) {
        touch(place, "other.db");
        touch(place, "third.db");
    }
    touch(place, "belfry.db-wal");
    assert_true(wake_take(place->wake, 0));
    assert_false(is_readable(place->wake));
}

int main(void)
{
#define WAKE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WAKE_TEST(rests_until_something_happens),
        WAKE_TEST(looks_at_once_and_then_ever_more_seldom),
        WAKE_TEST(begins_again_with_a_new_event),
        WAKE_TEST(rests_when_all_has_been_seen),
        WAKE_TEST(leaves_events_alone_while_a_look_is_due_soon),
        WAKE_TEST(looks_later_when_only_the_database_is_written),
        WAKE_TEST(does_not_care_about_other_files),
        WAKE_TEST(tells_files_that_come_and_go_from_files_that_grow),
        WAKE_TEST(does_not_rest_before_somebody_has_asked_for_moves),
        WAKE_TEST(says_so_where_the_folder_moves_away),
        WAKE_TEST(tells_that_the_shm_is_gone),
        WAKE_TEST(watches_where_links_lead_to),
        WAKE_TEST(works_without_events_where_there_is_no_folder),
        WAKE_TEST(survives_more_events_than_fit_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
