#include "tests/unit/admin/command_line.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin/wire.h"
#include "common/buf.h"

/* A gateway for one connection that sends what it was given, and keeps what it receives. */
struct gateway {
    int listener, port;
    pthread_t thread;
    const char *refusal; /* sent in place of the upgrade */
    const char *frames;  /* sent behind it, as they are */
    size_t frames_len;
    bool is_sent_at_once; /* the client's socket has TCP_NODELAY */
    struct buf heard;     /* the request, then frames unmasked: one octet of opcode, payload */
};

static void accept_for(const char *head, char *accept)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    char text[96];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len;
    const char *key = strstr(head, name);

    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        key ? key + strlen(name) : "");
    EVP_Digest(text, strlen(text), digest, &len, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)accept, digest, (int)len);
}

/* Reads exactly `len` bytes. */
static bool take(int fd, unsigned char *out, size_t len)
{
    return recv(fd, out, len, MSG_WAITALL) == (ssize_t)len;
}

/* Reads frames of up to 125 bytes until the client closes. A close is echoed. */
static void hear(struct gateway *gateway, int fd)
{
    unsigned char frame[6 + 125];

    while (take(fd, frame, 6)) {
        size_t len = frame[1] & 127;

        if (!take(fd, frame + 6, len))
            return;
        buf_add_char(&gateway->heard, (char)((frame[0] & 15) + '0'));
        for (size_t i = 0; i < len; i++)
            buf_add_char(&gateway->heard, (char)(frame[6 + i] ^ frame[2 + i % 4]));
        if ((frame[0] & 15) == 8)
            send(fd, "\x88\x02\x03\xe8", 4, MSG_NOSIGNAL);
    }
}

/* Finds the other end of the connection among this process's sockets. */
static bool peer_sends_at_once(int fd)
{
    struct sockaddr_in peer = {0}, own;
    socklen_t peer_len = sizeof peer;
    int yes = 0;

    getpeername(fd, (struct sockaddr *)&peer, &peer_len);
    for (int other = 0; other < 256; other++) {
        socklen_t len = sizeof own, yes_len = sizeof yes;

        if (getsockname(other, (struct sockaddr *)&own, &len) == 0 && own.sin_family == AF_INET &&
            own.sin_port == peer.sin_port)
            getsockopt(other, IPPROTO_TCP, TCP_NODELAY, &yes, &yes_len);
    }
    return yes != 0;
}

static void serve(struct gateway *gateway, int fd)
{
    char answer[256], accept[32];
    unsigned char c;

    while (!strstr(gateway->heard.data, "\r\n\r\n") && take(fd, &c, 1))
        buf_add_char(&gateway->heard, (char)c);
    gateway->is_sent_at_once = peer_sends_at_once(fd);
    if (gateway->refusal) {
        send(fd, gateway->refusal, strlen(gateway->refusal), MSG_NOSIGNAL);
        return;
    }
    accept_for(gateway->heard.data, accept);
    int len = snprintf(answer, sizeof answer,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "sec-websocket-accept: %s\r\n\r\n",
        accept);
    send(fd, answer, (size_t)len, MSG_NOSIGNAL | MSG_MORE);
    send(fd, gateway->frames, gateway->frames_len, MSG_NOSIGNAL);
    hear(gateway, fd);
}

static void *gateway_thread(void *context)
{
    struct gateway *gateway = context;
    int fd = accept(gateway->listener, NULL, NULL);

    serve(gateway, fd);
    close(fd);
    return NULL;
}

static void gateway_start(struct gateway *gateway)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    buf_init(&gateway->heard, 65536);
    gateway->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(gateway->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(gateway->listener, 1), 0);
    assert_int_equal(getsockname(gateway->listener, (struct sockaddr *)&address, &len), 0);
    gateway->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&gateway->thread, NULL, gateway_thread, gateway), 0);
}

static void gateway_end(struct gateway *gateway)
{
    assert_int_equal(pthread_join(gateway->thread, NULL), 0);
    close(gateway->listener);
}

static int set_up(void **state)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    char config[256];

    if (command_line_set_up(state) != 0)
        return -1;
    struct command_line *line = *state;
    char *path = path_in(line->folder, "secret");
    file_write(path, secret, strlen(secret));
    snprintf(config, sizeof config, "[token]\nsecret_file = %s\n", path);
    file_write(line->config, config, strlen(config));
    free(path);
    return 0;
}

/* Runs `belfry listen` against the gateway; `option` may be NULL. */
static int listen_at(struct command_line *line, struct gateway *gateway, const char *option)
{
    char url[64];

    gateway_start(gateway);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/ws", gateway->port);
    int status = command_line_run(
        line, "listen", "--user", "alice", "--url", url, "--count", "2", option, NULL);
    gateway_end(gateway);
    return status;
}

#define FRAMES(text) .frames = (text), .frames_len = sizeof(text) - 1
/* A text frame; the byte after \x81 must be its length. */
#define CONNECTED "\x81\x16{\"event\":\"connected\"}\n"
#define RUNG "\x81\x2d{\"event\":\"notification\",\"data\":1,\"id\":\"a\x37\"}  "
#define PING "\x89\x02hi"

static void events_are_printed_and_counted(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED RUNG PING)};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, NULL), ADMIN_DONE);
    assert_string_equal(line->err, "");
    assert_string_equal(line->out, "2026-11-22 19:19:00.123+00:00  connected\n"
                                   "2026-11-22 19:19:00.123+00:00  notification  1\n");
    assert_says(gateway.heard.data, "GET /ws HTTP/1.1\r\n");
    assert_says(gateway.heard.data, "\r\nAuthorization: Bearer ey");
    buf_release(&gateway.heard);
}

static void the_ping_behind_the_last_event_is_answered_before_leaving(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED RUNG PING)};

    assert_int_equal(listen_at(*state, &gateway, "--json"), ADMIN_DONE);
    /* A pong with the ping's payload (opcode 10 is ':' here), then a close (8). */
    const char *pong = strstr(gateway.heard.data, ":hi");
    assert_non_null(pong);
    assert_int_equal(pong[3], '8');
    buf_release(&gateway.heard);
}

static void with_ack_each_event_that_has_an_id_is_confirmed(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED RUNG PING)};

    assert_int_equal(listen_at(*state, &gateway, "--ack"), ADMIN_DONE);
    assert_says(gateway.heard.data, "1{\"event\":\"auth\",\"data\":{\"ack\":true}}");
    assert_says(gateway.heard.data, "1{\"ack\":\"a7\"}");
    buf_release(&gateway.heard);
}

/* wslay sends a frame in two parts: the second must not wait for the first to be acknowledged. */
static void a_confirmation_is_sent_at_once(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED RUNG PING)};

    assert_int_equal(listen_at(*state, &gateway, "--ack"), ADMIN_DONE);
    assert_true(gateway.is_sent_at_once);
    buf_release(&gateway.heard);
}

static void other_events_are_not_counted_where_one_is_asked_for(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED RUNG CONNECTED RUNG PING)};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, "--event=notification"), ADMIN_DONE);
    assert_null(strstr(line->out, "connected"));
    buf_release(&gateway.heard);
}

static void a_topic_is_asked_for(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED RUNG PING)};

    assert_int_equal(listen_at(*state, &gateway, "--topic=public:news"), ADMIN_DONE);
    assert_says(gateway.heard.data,
        "1{\"event\":\"subscribe\",\"data\":{\"topic\":\"public:news\"},\"id\":1}");
    buf_release(&gateway.heard);
}

static void a_topic_that_is_refused_ends_it(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED "\x81\x47{\"ack\":1,\"data\":{\"ok\":false,\"code\":"
                                               "\"forbidden\",\"message\":\"not yours\"}} " PING)};
    struct command_line *line = *state;

    assert_int_equal(command_line_run(line, "init", NULL), 0);
    assert_int_equal(listen_at(line, &gateway, "--topic=role:x"), ADMIN_REFUSED);
    assert_says(line->err, "the topic is refused: forbidden: not yours");
    buf_release(&gateway.heard);
}

static void control_octets_of_an_event_cannot_reach_the_terminal(void **state)
{
    struct gateway gateway = {
        FRAMES(CONNECTED "\x81\x22{\"event\":\"a\\u001b[2J\",\"data\":null}" PING)};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, NULL), ADMIN_DONE);
    assert_says(line->out, "a\\x1b[2J  null\n");
    buf_release(&gateway.heard);
}

static void a_refusal_is_told_with_what_was_said(void **state)
{
    struct gateway gateway = {.refusal =
                                  "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 20\r\n"
                                  "\r\n{\"error\":\"draining\"}"};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, NULL), ADMIN_REFUSED);
    assert_says(line->err, "refused with HTTP status 503");
    buf_release(&gateway.heard);
}

static void a_close_is_told_with_its_code(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED "\x88\x02\x11\x31")};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, NULL), ADMIN_REFUSED);
    assert_says(line->err, "the gateway closed the connection with code 4401");
    buf_release(&gateway.heard);
}

static void a_restart_is_told(void **state)
{
    struct gateway gateway = {FRAMES(CONNECTED "\x88\x02\x03\xf4")};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, NULL), ADMIN_REFUSED);
    assert_says(line->err, "as it does for a restart");
    buf_release(&gateway.heard);
}

static void a_server_that_is_none_is_told(void **state)
{
    struct gateway gateway = {.refusal = "HTTP/1.1 101 Switching Protocols\r\n"
                                         "Sec-WebSocket-Accept: guess\r\n\r\n"};
    struct command_line *line = *state;

    assert_int_equal(listen_at(line, &gateway, NULL), ADMIN_REFUSED);
    assert_says(line->err, "what answers there is no WebSocket server");
    buf_release(&gateway.heard);
}

/* A port that is bound, so that nobody else can listen on it, but on which nobody listens. */
static int silent_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;

    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

static void nobody_there_is_told(void **state)
{
    struct command_line *line = *state;
    char url[64], refused[64];
    int fd;
    int port = silent_port(&fd);

    snprintf(url, sizeof url, "--url=ws://127.0.0.1:%d/", port);
    snprintf(refused, sizeof refused, "127.0.0.1:%d: Connection refused", port);
    assert_int_equal(command_line_run(line, "listen", "--user=a", url, NULL), ADMIN_REFUSED);
    assert_says(line->err, refused);
    close(fd);
}

static void urls_that_cannot_be_are_wrong_use(void **state)
{
    static const struct {
        const char *url, *because;
    } cases[] = {
        {"--url=example.org", "is no URL like ws://"},
        {"--url=ws://", "it must name host and port"},
        {"--url=ws://:80/", "it must name host and port"},
        {"--url=ws://[::1/", "it must name host and port"},
        {"--url=ws://host:/", "it must name host and port"},
        {"--count=0", "--count must be a number"},
        {"--count=x", "--count must be a number"},
        {"--for=2d", "--for: a day at most"},
    };
    struct command_line *line = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status = command_line_run(line, "listen", "--user=a", cases[i].url, NULL);
        assert_says(line->err, cases[i].because);
        assert_int_equal(status, ADMIN_MISUSED);
    }
}

static void targets_are_read_from_urls_and_addresses(void **state)
{
    struct wire_target target;

    (void)state;
    assert_int_equal(wire_target_from_url(&target, "ws://[::1]:8081/ws?x=1", NULL), 0);
    assert_string_equal(target.host, "::1");
    assert_string_equal(target.port, "8081");
    assert_string_equal(target.path, "/ws?x=1");
    wire_target_release(&target);
    assert_int_equal(wire_target_from_url(&target, "http://example.org", NULL), 0);
    assert_string_equal(target.port, "80");
    assert_string_equal(target.path, "/");
    wire_target_release(&target);
    assert_int_equal(wire_target_from_address(&target, "unix:/run/x", "/ws", NULL), 0);
    assert_string_equal(target.host, "/run/x");
    assert_null(target.port);
    wire_target_release(&target);
    assert_int_equal(wire_target_from_address(&target, "127.0.0.1", "/ws", NULL), -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, command_line_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(events_are_printed_and_counted),
        TEST(the_ping_behind_the_last_event_is_answered_before_leaving),
        TEST(with_ack_each_event_that_has_an_id_is_confirmed),
        TEST(a_confirmation_is_sent_at_once),
        TEST(other_events_are_not_counted_where_one_is_asked_for),
        TEST(a_topic_is_asked_for),
        TEST(a_topic_that_is_refused_ends_it),
        TEST(control_octets_of_an_event_cannot_reach_the_terminal),
        TEST(a_refusal_is_told_with_what_was_said),
        TEST(a_close_is_told_with_its_code),
        TEST(a_restart_is_told),
        TEST(a_server_that_is_none_is_told),
        TEST(nobody_there_is_told),
        TEST(urls_that_cannot_be_are_wrong_use),
        TEST(targets_are_read_from_urls_and_addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
