#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/store/sqlite/lock.h"

struct place {
    char folder[32];
    char path[64];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    strcpy(place->folder, "/tmp/belfry-lock-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/belfry.db", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static int take(const struct place *place, struct reason *why)
{
    int none = -1;

    return lock_take(place->path, &none, why);
}

static void lets_one_in_and_names_it_to_the_next(void **state)
{
    struct place *place = *state;
    struct reason why = {""};
    char pid[32];
    int fd = take(place, &why);

    assert_true(fd >= 0);
    assert_int_equal(take(place, &why), -1);
    snprintf(pid, sizeof(pid), "(process %d)", (int)getpid());
    assert_non_null(strstr(why.text, pid));
    lock_release(fd);
    fd = take(place, &why);
    assert_true(fd >= 0);
    lock_release(fd);
    lock_release(-1);
}

static void is_free_again_when_its_process_is_killed(void **state)
{
    struct place *place = *state;
    struct reason why = {""};
    int ends[2];
    char octet;
    pid_t child;
    int fd;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        if (take(place, &why) < 0 || write(ends[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    assert_int_equal(read(ends[0], &octet, 1), 1);
    assert_int_equal(take(place, &why), -1);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    fd = take(place, &why);
    assert_true(fd >= 0);
    lock_release(fd);
    close(ends[0]);
    close(ends[1]);
}

static void follows_no_link(void **state)
{
    struct place *place = *state;
    struct reason why = {""};
    char lock[80];

    snprintf(lock, sizeof(lock), "%s.lock", place->path);
    assert_int_equal(symlink("/tmp/belfry-elsewhere", lock), 0);
    assert_int_equal(take(place, &why), -1);
    assert_non_null(strstr(why.text, lock));
}

int main(void)
{
#define LOCK_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        LOCK_TEST(lets_one_in_and_names_it_to_the_next),
        LOCK_TEST(is_free_again_when_its_process_is_killed),
        LOCK_TEST(follows_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
