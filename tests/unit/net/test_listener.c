#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/net/stream.h"
#include "tests/unit/net/net_fixture.h"

/* It neither spins nor drops clients: those waiting are served once descriptors are free. */
static void pauses_accepting_while_descriptors_are_out(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct rlimit limit, few;
    struct net_client *clients[4];
    int fillers[512];
    size_t filled = 0;

    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    few = (struct rlimit){.rlim_cur = 64, .rlim_max = limit.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    for (size_t i = 0; i < 4; i++)
        clients[i] = net_client_new_at(fixture, server_address(fixture->server, 0));
    for (size_t i = 0; i < 3; i++)
        net_client_free(clients[i]);
    while (filled < 512 && (fillers[filled] = dup(0)) >= 0)
        filled++;
    assert_int_equal(errno, EMFILE);
    close(fillers[--filled]);
    struct net_client *waiting =
        net_client_new(fixture); /* takes the last one: none is left to accept it */
    for (int i = 0; i < 50; i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(server_counters(fixture->server)->accept_paused, 1);
    fixture_pass(fixture, 1000);
    assert_in_range(server_counters(fixture->server)->accept_paused, 3, 6);
    while (filled > 0)
        close(fillers[--filled]);
    fixture_pass(fixture, 400);
    net_client_send_text(waiting, sound_request);
    assert_int_equal(net_client_status(waiting), 101);
    char *logged = fixture_logged(fixture);
    assert_int_equal(count_of(logged, "descriptors have run out"), 1);
    free(logged);
    net_client_free(waiting);
    net_client_free(clients[3]);
    setrlimit(RLIMIT_NOFILE, &limit);
    fixture_free(fixture);
}

static void listens_on_both_families(void **state)
{
    struct fixture *fixture = fixture_new("*:0");
    char at[64];

    (void)state;
    const char *port = strrchr(server_address(fixture->server, 0), ':') + 1;
    assert_true(atoi(port) > 0);
    assert_null(server_address(fixture->server, 1));
    snprintf(at, sizeof(at), "127.0.0.1:%s", port);
    struct net_client *client = net_client_new_at(fixture, at);
    net_client_send_text(client, sound_request);
    assert_int_equal(net_client_status(client), 101);
    assert_string_equal(connection_address(fixture->last), "127.0.0.1");
    net_client_free(client);
    fixture_free(fixture);
}

/* Inherited from the socket that listens: small frames go out at once, and a slow client shows. */
static void accepted_sockets_are_tuned(void **state)
{
    static const int options[] = {TCP_NODELAY, TCP_NOTSENT_LOWAT}, expected[] = {1, 16384};
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new_open(fixture);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int value = -1;
        socklen_t len = sizeof(value);

        getsockopt(fixture->last->socket.fd, IPPROTO_TCP, options[i], &value, &len);
        assert_int_equal(value, expected[i]);
    }
    net_client_free(client);
    fixture_free(fixture);
}

static void says_why_an_address_cannot_be_had(void **state)
{
    static const struct {
        const char *address;
        const char *says;
    } cases[] = {
        {"", "not an address"},
        {"8081", "not an address"},
        {"127.0.0.1:", "not an address"},
        {"127.0.0.1:x", "not an address"},
        {"localhost:8081", "not an address"},
        {"::1:8081", "not an address"},
        {"[127.0.0.1]:8081", "not an address"},
        {"192.0.2.77:8081", "no such address"},
        {"unix:", "1 to 107 bytes"},
        {"unix:/nonexistent/folder/socket", "directory does not exist"},
        {"unix:/etc/passwd", "is not a socket"},
    };
    struct fixture *fixture = fixture_new(NULL);
    struct reason why;
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(server_listen(fixture->server, cases[i].address, &why), -1);
        if (!strstr(why.text, cases[i].says))
            fail_msg("%s: %s", cases[i].address, why.text);
    }
    assert_int_equal(server_listen(fixture->server, server_address(fixture->server, 0), &why), -1);
    assert_non_null(strstr(why.text, "is taken"));
    fixture_free(fixture);
}

static void serves_a_unix_socket(void **state)
{
    char folder[] = "/tmp/belfry-net-XXXXXX";
    char address[64];
    struct stat file;
    struct reason why;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(address, sizeof(address), "unix:%s/socket", folder);
    const char *path = address + 5;
    struct fixture *fixture = fixture_new(address);
    assert_string_equal(server_address(fixture->server, 0), address);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0660);
    struct net_client *client = net_client_new_open(fixture);
    assert_string_equal(connection_peer(fixture->last), "unix");
    net_client_free(client);
    assert_int_equal(server_listen(fixture->server, address, &why), -1);
    assert_non_null(strstr(why.text, "another program answers"));
    fixture_free(fixture);
    assert_int_equal(stat(path, &file), -1);
    rmdir(folder);
}

static void takes_the_place_of_a_stale_socket(void **state)
{
    char folder[] = "/tmp/belfry-net-XXXXXX";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char address[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    close(fd);
    snprintf(address, sizeof(address), "unix:%s/socket", folder);
    struct fixture *fixture = fixture_new(address);
    struct net_client *client = net_client_new_open(fixture);
    net_client_free(client);
    fixture_free(fixture);
    rmdir(folder);
}

/* Another process that took the path meanwhile keeps it. */
static void leaves_a_socket_that_is_not_its_own(void **state)
{
    char folder[] = "/tmp/belfry-net-XXXXXX";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char address[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder);
    snprintf(address, sizeof(address), "unix:%s/socket", folder);
    struct fixture *fixture = fixture_new(address);
    unlink(at.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    fixture->descriptors++;
    fixture_free(fixture);
    assert_int_equal(unlink(at.sun_path), 0);
    close(fd);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_accepting_while_descriptors_are_out),
        cmocka_unit_test(listens_on_both_families),
        cmocka_unit_test(accepted_sockets_are_tuned),
        cmocka_unit_test(says_why_an_address_cannot_be_had),
        cmocka_unit_test(serves_a_unix_socket),
        cmocka_unit_test(takes_the_place_of_a_stale_socket),
        cmocka_unit_test(leaves_a_socket_that_is_not_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
