#include "tests/unit/files.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/net/bind.h"
#include "gateway/process/bequest.h"
#include "gateway/process/descriptors.h"
#include "tests/unit/net/net_fixture.h"

static bool is_same(int one, int other)
{
    struct stat a, b;

    return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static void sockets_and_locks_arrive(void **state)
{
    struct fixture *fixture = fixture_new("127.0.0.1:0");
    struct server *nothing = server_new(&fixture->loop, fixture->wheel, &fixture->clock,
        &fixture->log, &fixture->settings, NULL, NULL);
    struct store_locks locks = {open("/dev/null", O_RDONLY), open("/dev/zero", O_RDONLY)};
    struct store_locks received = {-1, -1};
    struct inherited inherited = {.count = 0};
    struct listening_socket socket;
    struct reason why;
    int ends[2], fd;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(bequest_send(ends[0], fixture->server, nothing, &locks, &why), 0);
    assert_int_equal(bequest_receive(ends[1], &inherited, &received, &why), 0);
    assert_int_equal(inherited.count, 1);
    fd = inherited_take(&inherited, INHERITED_FOR_CLIENTS, "127.0.0.1:0");
    assert_true(server_listening(fixture->server, 0, &socket));
    assert_true(fd != socket.fd && is_same(fd, socket.fd));
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(is_same(received.name, locks.name) && is_same(received.file, locks.file));
    close(fd);
    close(received.name), close(received.file), close(locks.name), close(locks.file);
    close(ends[0]), close(ends[1]);
    server_free(nothing);
    fixture_free(fixture);
}

static void expect_refusal(int channel, const char *reason)
{
    struct store_locks received = {-1, -1};
    struct inherited inherited = {.count = 0};
    struct reason why;

    assert_int_equal(bequest_receive(channel, &inherited, &received, &why), -1);
    assert_non_null(strstr(why.text, reason));
    assert_int_equal(inherited.count, 0);
}

static void another_version_and_a_dead_one_are_refused(void **state)
{
    int ends[2];
    int fd = open("/dev/null", O_RDONLY);

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    assert_int_equal(descriptors_send(ends[0], "belfry 9\nclients a\n", 19, &fd, 1), 0);
    expect_refusal(ends[1], "another version");
    close(ends[0]);
    expect_refusal(ends[1], "is gone");
    close(ends[1]);
    close(fd);
}

static void more_descriptors_than_there_is_room_for_are_closed(void **state)
{
    int ends[2], fds[2], received = -1;
    char text[16];
    size_t count = 1;
    size_t before;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    fds[0] = open("/dev/null", O_RDONLY);
    fds[1] = open("/dev/zero", O_RDONLY);
    before = open_descriptors();
    assert_int_equal(descriptors_send(ends[0], "two", 3, fds, 2), 0);
    assert_int_equal(descriptors_receive(ends[1], text, sizeof(text), &received, &count), 3);
    assert_int_equal(count, 1);
    assert_true(is_same(received, fds[0]));
    assert_int_equal(open_descriptors(), before + 1);
    close(received), close(fds[0]), close(fds[1]), close(ends[0]), close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sockets_and_locks_arrive),
        cmocka_unit_test(another_version_and_a_dead_one_are_refused),
        cmocka_unit_test(more_descriptors_than_there_is_room_for_are_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
