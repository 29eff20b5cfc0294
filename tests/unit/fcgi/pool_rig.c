#include "tests/unit/fcgi/pool_rig.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/fcgi/fcgi_records.h"

#define PATIENCE 2000
#define REQUEST_MAX 65536

void pool_rig_start(struct pool_rig *rig, const char *folder, struct pool_options options,
    struct program_settings *settings)
{
    struct reason why;

    rig->path = path_in(folder, "rig.sock");
    assert_int_equal(server_socket_open(&rig->socket, rig->path, "", &why), 0);
    options.listen_fd = rig->socket.fd;
    options.own_socket = true;
    options.patience = PATIENCE;
    rig->pool = pool_start(&options, settings, &why);
    assert_non_null(rig->pool);
}

void pool_rig_stop(struct pool_rig *rig)
{
    server_socket_unlink(&rig->socket);
    pool_stop(rig->pool);
    server_socket_close(&rig->socket);
    free(rig->path);
}

int pool_rig_connect(const struct pool_rig *rig)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval limit = {.tv_sec = 10};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", rig->path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

int pool_rig_ask_over(int fd, bool keep, const char *cookie)
{
    struct buf request;
    char answer[8192] = "";
    size_t len = 0;
    ssize_t got;

    buf_init(&request, REQUEST_MAX);
    request_add(&request, 1, keep, cookie);
    assert_int_equal(send(fd, request.data, request.len, MSG_NOSIGNAL), request.len);
    buf_release(&request);
    while (len < 32 && (got = recv(fd, answer + len, sizeof(answer) - len - 1, 0)) > 0)
        len += (size_t)got;
    return len > 16 && memcmp(answer + 8, "Status: ", 8) == 0 ? atoi(answer + 16) : -1;
}

int pool_rig_ask(const struct pool_rig *rig, const char *cookie)
{
    int fd = pool_rig_connect(rig);
    int status = pool_rig_ask_over(fd, false, cookie);

    close(fd);
    return status;
}

size_t pool_rig_hear(int fd, char *answer, size_t size)
{
    size_t len = 0;
    ssize_t got;

    while ((got = recv(fd, answer + len, size - 1 - len, 0)) > 0)
        len += (size_t)got;
    answer[len] = '\0';
    return len;
}

void pool_rig_ask_many(const struct pool_rig *rig, const char *cookie, int fds[], size_t count)
{
    struct buf request;

    buf_init(&request, REQUEST_MAX);
    request_add(&request, 1, false, cookie);
    for (size_t i = 0; i < count; i++) {
        fds[i] = pool_rig_connect(rig);
        assert_int_equal(send(fds[i], request.data, request.len, MSG_NOSIGNAL), request.len);
    }
    buf_release(&request);
}

void pool_rig_hear_many(int fds[], size_t count, int status)
{
    for (size_t i = 0; i < count; i++) {
        char answer[64] = "";

        assert_true(recv(fds[i], answer, sizeof(answer) - 1, 0) > 19);
        assert_int_equal(atoi(answer + 16), status);
        close(fds[i]);
    }
}
