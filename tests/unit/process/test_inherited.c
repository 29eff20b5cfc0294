#include "tests/unit/files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/notify.h"
#include "common/passed_sockets.h"
#include "gateway/net/bind.h"
#include "gateway/process/inherited.h"

static int listening_at(const char *address)
{
    struct reason why;
    int fd = bind_listen(address, &why);

    if (fd < 0)
        fail_msg("%s", why.text);
    return fd;
}

static void set_number(const char *name, long number)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", number);
    setenv(name, text, 1);
}

/* In a child, since the descriptors from 3 on are fixed. Its exit status is what `run` returns. */
static int in_child(int (*run)(void))
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(run());
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void pass(size_t n, const char *address)
{
    int fd = listening_at(address);

    dup2(fd, 10 + (int)n);
    close(fd);
}

static int sorts_them(void)
{
    char operators[BIND_TEXT_SIZE];
    char *items[] = {operators};
    const struct config_list list = {items, 1};
    struct inherited inherited = {.count = 0};
    struct reason why;

    pass(0, "127.0.0.1:0");
    pass(1, "127.0.0.1:0");
    pass(2, "127.0.0.1:0");
    for (int i = 0; i < 3; i++)
        dup2(10 + i, PASSED_SOCKETS_FIRST + i);
    bind_text(PASSED_SOCKETS_FIRST + 2, operators);
    set_number("LISTEN_PID", getpid());
    setenv("LISTEN_FDS", "3", 1);
    setenv("LISTEN_FDNAMES", "web:ops:web", 1);
    if (inherited_from_systemd(&inherited, &list, &why) < 0 || inherited.count != 3)
        return 1;
    if (getenv("LISTEN_FDS") || !(fcntl(PASSED_SOCKETS_FIRST, F_GETFD) & FD_CLOEXEC))
        return 2;
    if (inherited_take(&inherited, INHERITED_FOR_CLIENTS, NULL) != 3 ||
        inherited_take(&inherited, INHERITED_FOR_CLIENTS, NULL) != -1)
        return 3;
    if (inherited_take(&inherited, INHERITED_FOR_OPERATORS, NULL) != 4 ||
        inherited_take(&inherited, INHERITED_FOR_OPERATORS, NULL) != 5)
        return 4;
    return 0;
}

static void sockets_of_systemd_are_sorted_by_name_and_address(void **state)
{
    (void)state;
    assert_int_equal(in_child(sorts_them), 0);
}

static int ignores_those_of_another(void)
{
    const struct config_list none = {NULL, 0};
    struct inherited inherited = {.count = 0};
    struct reason why;

    set_number("LISTEN_PID", getppid());
    setenv("LISTEN_FDS", "1", 1);
    return inherited_from_systemd(&inherited, &none, &why) == 0 && inherited.count == 0 ? 0 : 1;
}

static void sockets_for_another_process_are_none(void **state)
{
    (void)state;
    assert_int_equal(in_child(ignores_those_of_another), 0);
}

static int refuses_a_file(void)
{
    const struct config_list none = {NULL, 0};
    struct inherited inherited = {.count = 0};
    struct reason why;

    dup2(open("/dev/null", O_RDONLY), PASSED_SOCKETS_FIRST);
    set_number("LISTEN_PID", getpid());
    setenv("LISTEN_FDS", "1", 1);
    return inherited_from_systemd(&inherited, &none, &why) < 0 &&
                   strstr(why.text, "descriptor 3, which systemd passed, is not a listening socket")
               ? 0
               : 1;
}

static void what_does_not_listen_is_refused(void **state)
{
    (void)state;
    assert_int_equal(in_child(refuses_a_file), 0);
}

static void sockets_of_a_gateway_are_found_by_their_address(void **state)
{
    struct inherited inherited = {.count = 0};
    struct reason why;
    int fd = listening_at("127.0.0.1:0");

    (void)state;
    assert_int_equal(
        inherited_add(&inherited, fd, INHERITED_FOR_CLIENTS, "127.0.0.1:8081", &why), 0);
    assert_int_equal(inherited_take(&inherited, INHERITED_FOR_CLIENTS, "127.0.0.1:8082"), -1);
    assert_int_equal(inherited_take(&inherited, INHERITED_FOR_OPERATORS, "127.0.0.1:8081"), -1);
    assert_int_equal(inherited_take(&inherited, INHERITED_FOR_CLIENTS, NULL), -1);
    assert_int_equal(inherited_take(&inherited, INHERITED_FOR_CLIENTS, "127.0.0.1:8081"), fd);
    close(fd);
    fd = listening_at("127.0.0.1:0");
    assert_int_equal(inherited_add(&inherited, fd, INHERITED_FOR_CLIENTS, "a", &why), 0);
    inherited_close(&inherited);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void the_watchdog_is_meant_for_one_process(void **state)
{
    (void)state;
    setenv("WATCHDOG_USEC", "30000000", 1);
    set_number("WATCHDOG_PID", getpid());
    assert_int_equal(notify_watchdog_ms(), 30000);
    set_number("WATCHDOG_PID", getppid());
    assert_int_equal(notify_watchdog_ms(), 0);
    unsetenv("WATCHDOG_PID");
    assert_int_equal(notify_watchdog_ms(), 30000);
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(notify_watchdog_ms(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_of_systemd_are_sorted_by_name_and_address),
        cmocka_unit_test(sockets_for_another_process_are_none),
        cmocka_unit_test(what_does_not_listen_is_refused),
        cmocka_unit_test(sockets_of_a_gateway_are_found_by_their_address),
        cmocka_unit_test(the_watchdog_is_meant_for_one_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
