#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/memory.h"

#include "tests/unit/net/net_fixture.h"
#include "tests/unit/wire_client.h"

#define HOST "Host: example.org\r\n"
#define UPGRADE "Upgrade: websocket\r\n"
#define CONNECTION "Connection: Upgrade\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define GET "GET /ws HTTP/1.1\r\n"
#define FIELDS HOST UPGRADE CONNECTION KEY VERSION
#define SECOND "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"

struct request {
    const char *name;
    const char *bytes;
    size_t len;
    int status; /* of the one answer */
};

#define REQUEST(name, text, status) \
    { \
        name, text, sizeof(text) - 1, status \
    }

static const struct request requests[] = {
    REQUEST("sound", GET FIELDS "\r\n", 101),
    REQUEST("no Host", GET UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("two Hosts", GET HOST FIELDS "\r\n", 400),
    REQUEST("empty Host", GET "Host:\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("HTTP/1.0", "GET /ws HTTP/1.0\r\n" FIELDS "\r\n", 505),
    REQUEST("HTTP/2.0", "GET /ws HTTP/2.0\r\n" FIELDS "\r\n", 505),
    REQUEST("no version of HTTP", "GET /ws\r\n" FIELDS "\r\n", 400),
    REQUEST("POST", "POST /ws HTTP/1.1\r\n" FIELDS "\r\n", 405),
    REQUEST("get", "get /ws HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("HEAD", "HEAD /ws HTTP/1.1\r\n" FIELDS "\r\n", 426),
    REQUEST("no Upgrade", GET HOST CONNECTION KEY VERSION "\r\n", 426),
    REQUEST("h2c", GET HOST "Upgrade: h2c\r\n" CONNECTION KEY VERSION "\r\n", 426),
    REQUEST("no Connection", GET HOST UPGRADE KEY VERSION "\r\n", 426),
    REQUEST("Connection without Upgrade",
        GET HOST UPGRADE "Connection: keep-alive\r\n" KEY VERSION "\r\n", 426),
    REQUEST("Connection of several",
        GET HOST UPGRADE "Connection: keep-alive , Upgrade\r\n" KEY VERSION "\r\n", 101),
    REQUEST("case",
        "GET /ws HTTP/1.1\r\nhOST: a\r\nuPGRADE: WebSocket\r\ncONNECTION: uPGRADE\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nSEC-WEBSOCKET-VERSION: 13\r\n\r\n",
        101),
    REQUEST("no key", GET HOST UPGRADE CONNECTION VERSION "\r\n", 400),
    REQUEST("empty key", GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key:\r\n\r\n", 400),
    REQUEST("key of 15 bytes",
        GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA\r\n\r\n", 400),
    REQUEST("key of 17 bytes",
        GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
        400),
    REQUEST("key of 18 bytes",
        GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA\r\n\r\n",
        400),
    REQUEST("key not base64",
        GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA!A==\r\n\r\n",
        400),
    REQUEST("key base64url",
        GET HOST UPGRADE CONNECTION VERSION "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA-_==\r\n\r\n",
        400),
    REQUEST("two keys", GET FIELDS KEY "\r\n", 400),
    REQUEST("no version", GET HOST UPGRADE CONNECTION KEY "\r\n", 426),
    REQUEST("version 8", GET HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 8\r\n\r\n", 426),
    REQUEST("versions 13, 8",
        GET HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 13, 8\r\n\r\n", 426),
    REQUEST(
        "version 013", GET HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 013\r\n\r\n", 426),
    REQUEST("two versions", GET FIELDS VERSION "\r\n", 426),
    REQUEST("garbage extension", GET FIELDS "Sec-WebSocket-Extensions: ;;=,\"\r\n\r\n", 101),
    REQUEST("window bits",
        GET FIELDS "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7\r\n\r\n",
        101),
    REQUEST("unknown extension", GET FIELDS "Sec-WebSocket-Extensions: x-unknown\r\n\r\n", 101),
    REQUEST("unknown subprotocol", GET FIELDS "Sec-WebSocket-Protocol: x-unknown\r\n\r\n", 101),
    REQUEST("bare LF", "GET /ws HTTP/1.1\n" FIELDS "\r\n", 400),
    REQUEST("bare LF in the fields", GET HOST "X: y\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("bare LF at the end", GET FIELDS "\n", 400),
    REQUEST("bare CR", GET HOST "X: y\rz\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("CR CR LF", GET HOST "X: y\r\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("NUL in a value", GET HOST "X: a\0b\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("NUL in a name", GET HOST "X\0: a\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("NUL in the target", "GET /w\0s HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("folded line", GET HOST "X: a\r\n b\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("folded first line", GET " " FIELDS "\r\n", 400),
    REQUEST(
        "blank before the colon", GET "Host : a\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("control in a name", GET HOST "X\1Y: a\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST(
        "control in a value", GET HOST "X: a\x1b\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("empty name", GET HOST ": a\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("no colon", GET HOST "Nonsense\r\n" UPGRADE CONNECTION KEY VERSION "\r\n", 400),
    REQUEST("body", GET FIELDS "Content-Length: 7\r\n\r\n\x81\x81\0\0\0\0x", 400),
    REQUEST("no body and says so", GET FIELDS "Content-Length: 0\r\n\r\n", 101),
    REQUEST("chunked", GET FIELDS "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    REQUEST("length and chunked",
        GET FIELDS "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    REQUEST("two lengths", GET FIELDS "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
    REQUEST("length -1", GET FIELDS "Content-Length: -1\r\n\r\n", 400),
    REQUEST("length +5", GET FIELDS "Content-Length: +5\r\n\r\n", 400),
    REQUEST("length 0x5", GET FIELDS "Content-Length: 0x5\r\n\r\n", 400),
    REQUEST("length 5 5", GET FIELDS "Content-Length: 5 5\r\n\r\n", 400),
    REQUEST("length 10^23", GET FIELDS "Content-Length: 100000000000000000000000\r\n\r\n", 400),
    REQUEST("absolute form", "GET http://example.org/ws HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("target *", "GET * HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("empty lines in front", "\r\n\r\n" GET FIELDS "\r\n", 101),
    REQUEST("tab in the request line", "GET\t/ws\tHTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("two blanks in the request line", "GET  /ws HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("blank in the target", "GET /w s HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("fragment in the target", "GET /ws#a HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("%00 in the path", "GET /ws%00 HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("8-bit in the target", "GET /w\xc3\xa9 HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("control in the target", "GET /w\x01 HTTP/1.1\r\n" FIELDS "\r\n", 400),
    REQUEST("8-bit in a value", GET FIELDS "User-Agent: caf\xe9\r\n\r\n", 101),
    REQUEST("two Origins", GET FIELDS "Origin: http://a\r\nOrigin: http://a\r\n\r\n", 400),
    REQUEST("coded CR LF", "GET /ws?a=%0d%0aSet-Cookie:%20a HTTP/1.1\r\n" FIELDS "\r\n", 101),
    REQUEST("TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 400),
    REQUEST("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    REQUEST("refused, and a second request", GET UPGRADE "\r\n" SECOND, 400),
    REQUEST("plain, and a second request", GET HOST "\r\n" SECOND, 426),
};

/* One complete response followed by an end of file, or a 101 and nothing more. */
static void check_answer(struct net_client *client, const struct request *request, const char *how)
{
    const char *answer = client->in.data;
    int status = client->in.len > 12 ? atoi(answer + 9) : 0;

    if (status != request->status || count_of(answer, "HTTP/1.1 ") != 1 || client->reset ||
        client->eof != (status != 101))
        fail_msg(
            "%s, %s: eof %d, reset %d, %s", request->name, how, client->eof, client->reset, answer);
    if (status == 101)
        return;
    const char *body = strstr(answer, "\r\n\r\n");
    const char *length = strstr(answer, "Content-Length: ");
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    assert_true(body != NULL && length);
    if (strncmp(request->bytes, "HEAD", 4) != 0)
        assert_int_equal(strlen(body + 4), atoi(length + 16));
}

static void gives_each_request_its_one_answer(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct net_client *client = net_client_new(fixture);
        net_client_send(client, requests[i].bytes, requests[i].len);
        check_answer(client, &requests[i], "whole");
        net_client_free(client);
    }
    assert_int_equal(server_counters(fixture->server)->open, 0);
    fixture_free(fixture);
}

static void gives_the_same_answer_byte_by_byte(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct net_client *client = net_client_new(fixture);
        for (size_t at = 0; at < requests[i].len && !client->eof; at++)
            net_client_send(client, requests[i].bytes + at, 1);
        check_answer(client, &requests[i], "byte by byte");
        net_client_free(client);
    }
    fixture_free(fixture);
}

/* The rest arrives while the response is under way, which must not be lost to a reset. */
static void answers_what_passes_the_bounds(void **state)
{
    static const struct {
        const char *begin;
        const char *unit;
        size_t count;
        int status;
    } cases[] = {
        {GET HOST "X: ", "a", 65536, 431},
        {GET HOST, "X: y\r\n", 2000, 431},
        {"GET /", "a", 65536, 414},
        {"", "\r\n", 20000, 431},
    };
    struct fixture *fixture = fixture_new(NULL);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct request request = {.name = cases[i].begin, .bytes = "", .status = cases[i].status};
        struct net_client *client = net_client_new(fixture);
        struct buf bytes;
        buf_init(&bytes, 1 << 20);
        buf_add_text(&bytes, cases[i].begin);
        for (size_t j = 0; j < cases[i].count; j++)
            buf_add_text(&bytes, cases[i].unit);
        buf_add_text(&bytes, "\r\n\r\n");
        net_client_send(client, bytes.data, bytes.len);
        check_answer(client, &request, "whole");
        buf_release(&bytes);
        net_client_free(client);
    }
    fixture_free(fixture);
}

static void tells_which_version_and_method_it_wants(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new(fixture);

    (void)state;
    net_client_send_text(
        client, GET HOST UPGRADE CONNECTION KEY "Sec-WebSocket-Version: 8\r\n\r\n");
    assert_non_null(strstr(client->in.data, "\r\nSec-WebSocket-Version: 13\r\n"));
    net_client_free(client);
    client = net_client_new(fixture);
    net_client_send_text(client, "PUT /ws HTTP/1.1\r\n" FIELDS "\r\n");
    assert_non_null(strstr(client->in.data, "\r\nAllow: GET\r\n"));
    assert_non_null(strstr(client->in.data, "{\"error\":\"Method not allowed\"}"));
    net_client_free(client);
    fixture_free(fixture);
}

static void hears_frames_that_came_with_the_request(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new(fixture);
    struct buf bytes;

    (void)state;
    buf_init(&bytes, 65536);
    buf_add_text(&bytes, sound_request);
    wire_add_frame(&bytes, 0x81, "early", 5);
    wire_add_frame(&bytes, 0x81, "half", 4);
    net_client_send(client, bytes.data, bytes.len - 2);
    assert_string_equal(fixture->heard.data, "opened text:early drained ");
    net_client_send(client, bytes.data + bytes.len - 2, 2);
    assert_string_equal(fixture->heard.data, "opened text:early drained text:half ");
    buf_release(&bytes);
    net_client_free(client);
    fixture_free(fixture);
}

static void answers_as_its_user_says(void **state)
{
    struct fixture *fixture = fixture_new(NULL);

    (void)state;
    fixture->answer = (struct http_answer){.status = 403,
        .body = "{\"error\":\"Origin not allowed\"}",
        .fields = "X-Why: origin\r\n",
        .close = true};
    struct net_client *client = net_client_new(fixture);
    net_client_send_text(client, sound_request);
    assert_non_null(strstr(client->in.data, "HTTP/1.1 403 Forbidden\r\n"));
    assert_non_null(strstr(client->in.data, "\r\nX-Why: origin\r\n"));
    assert_non_null(strstr(client->in.data, "\r\n\r\n{\"error\":\"Origin not allowed\"}"));
    assert_true(client->eof);
    net_client_free(client);
    assert_string_equal(fixture->heard.data, "");
    fixture_free(fixture);
}

static void serves_plain_requests_where_its_user_does(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    char *body = mem_zalloc(200001);

    (void)state;
    memset(body, 'm', 200000);
    fixture->answer = (struct http_answer){
        .status = 200, .body = body, .type = "text/plain; version=0.0.4", .close = true};
    struct net_client *client = net_client_new(fixture);
    net_client_send_text(client, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_non_null(strstr(client->in.data, "Content-Type: text/plain; version=0.0.4\r\n"));
    assert_string_equal(strstr(client->in.data, "\r\n\r\n") + 4, body);
    assert_true(client->eof);
    assert_int_equal(server_counters(fixture->server)->refused, 0);
    net_client_free(client);
    client = net_client_new(fixture);
    net_client_send_text(client, "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_non_null(strstr(client->in.data, "Content-Length: 200000\r\n"));
    assert_string_equal(strstr(client->in.data, "\r\n\r\n"), "\r\n\r\n");
    net_client_free(client);
    free(body);
    fixture_free(fixture);
}

/* Time */

static void ends_silent_sockets_at_the_deadline(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *clients[200];

    (void)state;
    for (size_t i = 0; i < 200; i++)
        clients[i] = net_client_new(fixture);
    fixture_pass(fixture, 9900);
    net_client_read(clients[0]);
    assert_false(clients[0]->eof);
    fixture_pass(fixture, 300);
    for (size_t i = 0; i < 200; i++) {
        net_client_read(clients[i]);
        assert_true(clients[i]->eof && !clients[i]->reset);
        assert_int_equal(clients[i]->in.len, 0);
        net_client_free(clients[i]);
    }
    fixture_free(fixture);
}

static void ends_a_slow_request_at_a_deadline_in_total(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new(fixture);
    int seconds = 0;

    (void)state;
    for (; seconds < 20 && !client->eof; seconds++) {
        net_client_send(client, sound_request + seconds, 1);
        fixture_pass(fixture, 1000);
        net_client_read(client);
    }
    assert_in_range(seconds, 10, 11);
    assert_non_null(strstr(client->in.data, "HTTP/1.1 408 "));
    assert_false(client->reset);
    net_client_free(client);
    fixture_free(fixture);
}

static void ends_half_a_request_with_its_client(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new(fixture);

    (void)state;
    net_client_send(client, sound_request, 40);
    shutdown(client->fd, SHUT_WR);
    fixture_settle(fixture);
    net_client_read(client);
    assert_true(client->eof);
    assert_int_equal(client->in.len, 0);
    net_client_free(client);
    fixture_free(fixture);
}

/* A refused client that neither reads nor closes is dropped all the same. */
static void lets_go_of_a_refused_client_that_stays(void **state)
{
    struct fixture *fixture = fixture_new(NULL);
    struct net_client *client = net_client_new(fixture);

    (void)state;
    net_client_send_text(client, GET "\r\n");
    assert_true(client->eof);
    fixture_pass(fixture, 2200);
    for (int i = 0; i < 3; i++)
        send(client->fd, "x", 1, MSG_NOSIGNAL);
    assert_int_equal(send(client->fd, "x", 1, MSG_NOSIGNAL), -1);
    net_client_free(client);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_each_request_its_one_answer),
        cmocka_unit_test(gives_the_same_answer_byte_by_byte),
        cmocka_unit_test(answers_what_passes_the_bounds),
        cmocka_unit_test(tells_which_version_and_method_it_wants),
        cmocka_unit_test(hears_frames_that_came_with_the_request),
        cmocka_unit_test(answers_as_its_user_says),
        cmocka_unit_test(serves_plain_requests_where_its_user_does),
        cmocka_unit_test(ends_silent_sockets_at_the_deadline),
        cmocka_unit_test(ends_a_slow_request_at_a_deadline_in_total),
        cmocka_unit_test(ends_half_a_request_with_its_client),
        cmocka_unit_test(lets_go_of_a_refused_client_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
