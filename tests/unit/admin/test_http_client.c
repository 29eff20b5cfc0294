#include "tests/unit/files.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/http_client.h"
#include "common/memory.h"

/* A server for one connection: it reads a request and says what it was told to say. */
struct server {
    char *folder;
    char path[100];
    int listener;
    pthread_t thread;
    const char *says;
    bool stays; /* does not close the connection until the client does */
    char request[2048];
};

static void *serve(void *context)
{
    struct server *server = context;
    int fd = accept(server->listener, NULL, NULL);
    size_t len = 0;
    char rest[100];

    while (!strstr(server->request, "\r\n\r\n")) {
        ssize_t got = recv(fd, server->request + len, sizeof(server->request) - 1 - len, 0);

        if (got <= 0)
            break;
        len += (size_t)got;
    }
    send(fd, server->says, strlen(server->says), MSG_NOSIGNAL);
    while (server->stays && recv(fd, rest, sizeof(rest), 0) > 0)
        continue;
    close(fd);
    return NULL;
}

static int set_up(void **state)
{
    struct server *server = mem_zalloc(sizeof(*server));
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    server->folder = folder_new();
    snprintf(server->path, sizeof(server->path), "%s/server", server->folder);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->path);
    server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server->listener, 4), 0);
    *state = server;
    return 0;
}

static int tear_down(void **state)
{
    struct server *server = *state;

    close(server->listener);
    folder_remove(server->folder);
    free(server->folder);
    free(server);
    return 0;
}

static int ask(
    struct server *server, const struct http_ask *ask, struct http_reply *reply, struct reason *why)
{
    struct wire_target target = {.host = server->path, .path = (char *)"/a?b"};

    memset(server->request, 0, sizeof(server->request));
    pthread_create(&server->thread, NULL, serve, server);
    int status = http_client_ask(&target, ask, reply, why);
    if (status != 101)
        pthread_join(server->thread, NULL);
    return status;
}

static const struct http_ask plain = {.ms = 10000};

static void an_answer_is_taken_apart(void **state)
{
    static const char *const answers[] = {
        "HTTP/1.1 200 OK\r\nX-A: b\r\nDate: now\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nX-A: b\r\nDate: now\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\nX-A: b\r\nDate: now\r\n\r\nhello",
    };
    struct server *server = *state;

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct http_reply reply;
        struct reason why;

        server->says = answers[i];
        server->stays = i < 2; /* what is whole is not waited for */
        assert_int_equal(ask(server, &plain, &reply, &why), 200);
        assert_string_equal(reply.body.data, "hello");
        assert_string_equal(http_reply_field(&reply, "x-a"), "b");
        assert_string_equal(http_reply_field(&reply, "Date"), "now");
        assert_null(http_reply_field(&reply, "b"));
        assert_null(reply.transport);
        assert_string_equal(
            server->request, "GET /a?b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        http_reply_release(&reply);
    }
}

static void what_is_no_answer_is_said(void **state)
{
    static const struct {
        const char *says, *because;
    } cases[] = {
        {"", "closed without an answer"},
        {"SSH-2.0-OpenSSH\r\n", "not HTTP"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "before the answer was complete"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhellohell", "too long"},
    };
    const struct http_ask small = {.ms = 10000, .body_max = 8};
    struct server *server = *state;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_reply reply;
        struct reason why;

        server->says = cases[i].says;
        assert_int_equal(ask(server, &small, &reply, &why), -1);
        assert_non_null(strstr(why.text, cases[i].because));
        http_reply_release(&reply);
    }
}

static void a_silent_server_is_not_waited_for(void **state)
{
    const struct http_ask hasty = {.ms = 100};
    struct server *server = *state;
    struct http_reply reply;
    struct reason why;

    server->says = "HTTP/1.1 200 OK\r\n";
    server->stays = true;
    assert_int_equal(ask(server, &hasty, &reply, &why), -1);
    assert_string_equal(why.text, "no answer in time");
    http_reply_release(&reply);
}

static void an_upgraded_connection_is_handed_over(void **state)
{
    const struct http_ask upgrade = {
        .ms = 10000, .fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n"};
    struct server *server = *state;
    struct http_reply reply;
    struct reason why;

    server->says =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nmore";
    server->stays = true;
    assert_int_equal(ask(server, &upgrade, &reply, &why), 101);
    assert_non_null(reply.transport);
    assert_string_equal(reply.body.data, "more");
    assert_null(strstr(server->request, "close"));
    assert_int_equal(transport_wait(reply.transport, 0), 0);
    assert_int_equal(transport_write(reply.transport, "x", 1), 0);
    http_reply_release(&reply);
    pthread_join(server->thread, NULL);
}

static void nobody_listening_is_said(void **state)
{
    struct server *server = *state;
    struct wire_target target = {.host = server->folder, .path = (char *)"/"};
    struct http_reply reply;
    struct reason why;

    assert_int_equal(http_client_ask(&target, &plain, &reply, &why), -1);
    assert_non_null(strstr(why.text, server->folder));
    http_reply_release(&reply);
    target =
        (struct wire_target){.host = (char *)"127.0.0.1", .port = (char *)"1", .path = (char *)"/"};
    assert_int_equal(http_client_ask(&target, &plain, &reply, &why), -1);
    assert_string_equal(why.text, "127.0.0.1:1: Connection refused");
    http_reply_release(&reply);
    target.host = (char *)"no-such-host.invalid";
    assert_int_equal(http_client_ask(&target, &(struct http_ask){.ms = 1}, &reply, &why), -1);
    assert_non_null(strstr(why.text, "no-such-host.invalid"));
    http_reply_release(&reply);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_taken_apart),
        TEST(what_is_no_answer_is_said),
        TEST(a_silent_server_is_not_waited_for),
        TEST(an_upgraded_connection_is_handed_over),
        TEST(nobody_listening_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
