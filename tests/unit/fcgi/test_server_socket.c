#include "tests/unit/files.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/server_socket.h"

static char *folder;
static char *path;

static int set_up(void **state)
{
    (void)state;
    folder = folder_new();
    path = path_in(folder, "test.sock");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    free(folder);
    free(path);
    return 0;
}

static int call(const char *at)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", at);
    int result = connect(fd, (struct sockaddr *)&address, sizeof(address));
    close(fd);
    return result;
}

static void makes_a_socket_with_its_rights_and_removes_it(void **state)
{
    struct server_socket server;
    struct stat file;
    struct reason why;
    char described[256];

    (void)state;
    assert_int_equal(server_socket_open(&server, path, "", &why), 0);
    assert_int_equal(stat(path, &file), 0);
    assert_true(S_ISSOCK(file.st_mode));
    assert_int_equal(file.st_mode & 07777, 0660);
    assert_int_equal(call(path), 0);
    assert_string_equal(server_socket_describe(&server, described, sizeof(described)), path);
    server_socket_close(&server);
    assert_int_equal(stat(path, &file), -1);
}

static void takes_the_place_of_a_stale_socket(void **state)
{
    struct server_socket server;
    struct reason why;
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    (void)state;
    int stale = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(stale, (struct sockaddr *)&address, sizeof(address)), 0);
    close(stale);
    assert_int_equal(server_socket_open(&server, path, "", &why), 0);
    assert_int_equal(call(path), 0);
    server_socket_close(&server);
}

static void leaves_one_that_is_served(void **state)
{
    struct server_socket first, second;
    struct reason why;

    (void)state;
    assert_int_equal(server_socket_open(&first, path, "", &why), 0);
    assert_int_equal(server_socket_open(&second, path, "", &why), -1);
    assert_non_null(strstr(why.text, "already served by another process"));
    assert_int_equal(call(path), 0);
    server_socket_close(&first);
}

static void leaves_what_is_no_socket(void **state)
{
    struct server_socket server;
    struct stat file;
    struct reason why;

    (void)state;
    file_write(path, "precious", 8);
    assert_int_equal(server_socket_open(&server, path, "", &why), -1);
    assert_non_null(strstr(why.text, "is not a socket"));
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_size, 8);
}

static void leaves_the_socket_of_a_successor(void **state)
{
    struct server_socket first, second;
    struct stat file;
    struct reason why;

    (void)state;
    assert_int_equal(server_socket_open(&first, path, "", &why), 0);
    unlink(path);
    assert_int_equal(server_socket_open(&second, path, "", &why), 0);
    server_socket_close(&first);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(call(path), 0);
    server_socket_close(&second);
}

static void says_why_it_cannot(void **state)
{
    struct server_socket server;
    struct reason why;
    char long_path[200];

    (void)state;
    assert_int_equal(server_socket_open(&server, "/nowhere/test.sock", "", &why), -1);
    assert_non_null(strstr(why.text, "/nowhere/test.sock"));
    assert_int_equal(server_socket_open(&server, path, "no-such-group", &why), -1);
    assert_non_null(strstr(why.text, "no-such-group"));
    assert_int_equal(call(path), -1);
    memset(long_path, 'a', sizeof(long_path) - 1);
    long_path[sizeof(long_path) - 1] = '\0';
    assert_int_equal(server_socket_open(&server, long_path, "", &why), -1);
    assert_non_null(strstr(why.text, "longer than"));
}

static void inherits_a_listening_socket_alone(void **state)
{
    struct server_socket made, inherited;
    struct reason why;

    (void)state;
    int before = dup(STDIN_FILENO);
    assert_int_equal(server_socket_open(&made, path, "", &why), 0);
    dup2(made.fd, STDIN_FILENO);
    assert_int_equal(server_socket_inherit(&inherited, &why), 1);
    assert_int_equal(inherited.fd, STDIN_FILENO);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    assert_int_equal(server_socket_inherit(&inherited, &why), 0);
    dup2(before, STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    close(before);
    server_socket_close(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            makes_a_socket_with_its_rights_and_removes_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(takes_the_place_of_a_stale_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_one_that_is_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_what_is_no_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaves_the_socket_of_a_successor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(says_why_it_cannot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(inherits_a_listening_socket_alone, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("server_socket", tests, NULL, NULL);
}
