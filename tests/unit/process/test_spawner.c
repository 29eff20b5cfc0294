#include "tests/unit/files.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/process/program_file.h"
#include "gateway/process/spawner.h"

#define WAIT_MS 20000

/* What the new process says over the channel, or what is said of it. */
static void hear(int channel, char *word, size_t size)
{
    struct pollfd ready = {.fd = channel, .events = POLLIN};
    ssize_t len;

    assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
    len = recv(channel, word, size - 1, 0);
    assert_true(len >= 0);
    word[len] = '\0';
}

static void starts_the_program_with_a_channel(void **state)
{
    char script[] = "printf %s \"$0 $WATCHDOG_PID=$$ ${LISTEN_FDS-none}\" >&$" SPAWNER_CHANNEL;
    char shell[] = "/bin/sh", option[] = "-c", name[] = "gateway";
    char *argv[] = {shell, option, script, name, NULL};
    struct spawner spawner;
    struct reason why;
    char word[128], expected[128];
    long pid;
    int channel;

    (void)state;
    setenv("WATCHDOG_PID", "1", 1);
    setenv("LISTEN_FDS", "1", 1);
    assert_int_equal(spawner_start(&spawner, argv, &why), 0);
    channel = spawner_spawn(&spawner, &why);
    assert_true(channel >= 0);
    hear(channel, word, sizeof(word));
    assert_int_equal(sscanf(word, "gateway %ld=", &pid), 1);
    snprintf(expected, sizeof(expected), "gateway %ld=%ld none", pid, pid);
    assert_string_equal(word, expected);
    /* It has ended, and is not our child. */
    hear(channel, word, sizeof(word));
    assert_string_equal(word, "");
    close(channel);
    spawner_stop(&spawner);
    assert_true(wait(NULL) > 0);
    unsetenv("WATCHDOG_PID");
    unsetenv("LISTEN_FDS");
}

/* Starts a program that cannot be started, and checks what is said of it. */
static void check_refused(char *name, const char *expected)
{
    char *argv[] = {name, NULL};
    struct spawner spawner;
    struct reason why;
    char word[128];
    int channel;

    assert_int_equal(spawner_start(&spawner, argv, &why), 0);
    channel = spawner_spawn(&spawner, &why);
    assert_true(channel >= 0);
    hear(channel, word, sizeof(word));
    assert_string_equal(word, expected);
    close(channel);
    spawner_stop(&spawner);
    assert_true(wait(NULL) > 0);
}

static void says_why_a_program_cannot_be_started(void **state)
{
    char name[] = "/nowhere/belfry-gateway";

    (void)state;
    check_refused(name, "! No such file or directory");
}

/* As in the middle of a copy: no shell is to run what is there so far. */
static void does_not_give_half_a_program_to_a_shell(void **state)
{
    char *folder = folder_new();
    char path[128];

    FILE *half;

    (void)state;
    snprintf(path, sizeof(path), "%s/program", folder);
    half = fopen(path, "w");
    assert_non_null(half);
    assert_int_equal(fchmod(fileno(half), 0755), 0);
    fclose(half);
    check_refused(path, "! Exec format error");
    folder_remove(folder);
    free(folder);
}

static void finds_that_the_program_was_replaced(void **state)
{
    char *folder = folder_new();
    char path[128], other[128];
    struct program_file file;

    (void)state;
    snprintf(path, sizeof(path), "%s/program", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    fclose(fopen(path, "w"));
    program_file_note(&file, path);
    assert_false(program_file_is_replaced(&file));
    fclose(fopen(other, "w"));
    rename(other, path);
    assert_true(program_file_is_replaced(&file));
    unlink(path);
    assert_false(program_file_is_replaced(&file));
    program_file_note(&file, "belfry-gateway");
    assert_false(program_file_is_replaced(&file));
    folder_remove(folder);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_the_program_with_a_channel),
        cmocka_unit_test(says_why_a_program_cannot_be_started),
        cmocka_unit_test(does_not_give_half_a_program_to_a_shell),
        cmocka_unit_test(finds_that_the_program_was_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
