#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "gateway/net/http_request.h"

#define BEGIN "GET /ws?a=1&token=x%2By%20z HTTP/1.1\r\nHost: example.org:8080\r\n"
#define UPGRADE \
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

static enum http_progress feed(struct http_request *request, const void *bytes, size_t len)
{
    size_t taken;

    return http_request_feed(request, bytes, len, &taken);
}

static struct http_request *read_whole(const char *text, enum http_progress expected)
{
    struct http_request *request = http_request_new();

    assert_int_equal(feed(request, text, strlen(text)), expected);
    return request;
}

static void reads_what_the_request_says(void **state)
{
    struct http_request *request = read_whole(BEGIN UPGRADE
        "Origin: https://example.org \r\nX-Forwarded-For: 192.0.2.1\r\nAuthorization:Bearer t\r\n"
        "X-Forwarded-For:\t192.0.2.2\r\nSec-WebSocket-Protocol: a\r\n"
        "sec-websocket-protocol: b, c\r\nX-Forwarded-Host: h\r\nX-Forwarded-Proto: https\r\n"
        "User-Agent: one\r\nUser-Agent: two\r\nX-Empty:\r\n\r\n",
        HTTP_WHOLE);

    (void)state;
    assert_true(http_request_is_websocket(request));
    assert_string_equal(http_request_path(request), "/ws");
    assert_string_equal(http_request_query(request), "a=1&token=x%2By%20z");
    assert_string_equal(http_request_field(request, HTTP_FIELD_HOST), "example.org:8080");
    assert_string_equal(http_request_field(request, HTTP_FIELD_ORIGIN), "https://example.org");
    assert_string_equal(http_request_field(request, HTTP_FIELD_AUTHORIZATION), "Bearer t");
    assert_string_equal(
        http_request_field(request, HTTP_FIELD_FORWARDED_FOR), "192.0.2.1, 192.0.2.2");
    assert_string_equal(http_request_field(request, HTTP_FIELD_FORWARDED_HOST), "h");
    assert_string_equal(http_request_field(request, HTTP_FIELD_FORWARDED_PROTO), "https");
    assert_string_equal(http_request_field(request, HTTP_FIELD_PROTOCOL), "a, b, c");
    assert_string_equal(http_request_field(request, HTTP_FIELD_USER_AGENT), "one");
    http_request_free(request);
}

/* A proxy that speaks HTTP/2 with the browser may pass each cookie on in a field of its own. */
static void reads_what_polling_and_event_streams_need(void **state)
{
    struct http_request *request =
        read_whole("GET /events HTTP/1.1\r\nHost: a\r\n"
                   "Cookie: a=1\r\nCookie: b=2; c=3\r\nAccept: text/html\r\n"
                   "accept: text/event-stream\r\nContent-Type: text/plain;charset=UTF-8\r\n"
                   "Last-Event-ID: 7\r\n\r\n",
            HTTP_WHOLE);

    (void)state;
    assert_string_equal(http_request_field(request, HTTP_FIELD_COOKIE), "a=1; b=2; c=3");
    assert_string_equal(
        http_request_field(request, HTTP_FIELD_ACCEPT), "text/html, text/event-stream");
    assert_string_equal(
        http_request_field(request, HTTP_FIELD_CONTENT_TYPE), "text/plain;charset=UTF-8");
    assert_string_equal(http_request_field(request, HTTP_FIELD_LAST_EVENT_ID), "7");
    http_request_free(request);
}

static void leaves_absent_fields_null(void **state)
{
    struct http_request *request = read_whole("GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_WHOLE);

    (void)state;
    assert_false(http_request_is_websocket(request));
    assert_null(http_request_field(request, HTTP_FIELD_ORIGIN));
    assert_null(http_request_field(request, HTTP_FIELD_KEY));
    assert_string_equal(http_request_query(request), "");
    http_request_free(request);
}

static void takes_its_own_and_leaves_what_is_behind(void **state)
{
    static const char text[] = BEGIN UPGRADE "\r\n\x81\x80\0\0\0\0more";
    struct http_request *request = http_request_new();
    size_t taken;

    (void)state;
    assert_int_equal(http_request_feed(request, text, sizeof(text), &taken), HTTP_WHOLE);
    assert_int_equal(taken, strlen(BEGIN UPGRADE "\r\n"));
    http_request_free(request);
}

static void reads_the_same_byte_by_byte(void **state)
{
    static const char text[] = "\r\n" BEGIN UPGRADE "\r\n";
    struct http_request *request = http_request_new();

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 2; i++)
        assert_int_equal(feed(request, text + i, 1), HTTP_MORE);
    assert_int_equal(feed(request, "\n", 1), HTTP_WHOLE);
    assert_string_equal(http_request_path(request), "/ws");
    http_request_free(request);
}

/* Method, version, body and connection, as given by these lines. */
static void says_what_becomes_of_the_connection(void **state)
{
    static const struct {
        const char *text;
        enum request_method method;
        bool is_old, keeps_alive, expects_continue, is_chunked;
        uint64_t length;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_GET, false, true, false, false, 0},
        {"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n", METHOD_HEAD, false, false,
            false, false, 0},
        {"GET / HTTP/1.0\r\n\r\n", METHOD_GET, true, false, false, false, 0},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", METHOD_GET, true, false, false, false,
            0},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 007\r\nConnection: x, close\r\n\r\n",
            METHOD_POST, false, false, false, false, 7},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", METHOD_POST, false,
            true, false, true, 0},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n", METHOD_POST,
            false, true, false, false, 999999999999999999},
        {"OPTIONS / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n", METHOD_OPTIONS, false,
            true, true, false, 0},
        {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", METHOD_OTHER, false, true, false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request *request = read_whole(cases[i].text, HTTP_WHOLE);
        assert_int_equal(http_request_method(request), cases[i].method);
        assert_int_equal(http_request_is_old(request), cases[i].is_old);
        assert_int_equal(http_request_keeps_alive(request), cases[i].keeps_alive);
        assert_int_equal(http_request_expects_continue(request), cases[i].expects_continue);
        assert_int_equal(http_request_is_chunked(request), cases[i].is_chunked);
        assert_int_equal(http_request_length(request), cases[i].length);
        http_request_free(request);
    }
}

/* A proxy and the gateway might disagree about where it ends (request smuggling). */
static void refuses_a_body_whose_length_is_in_doubt(void **state)
{
    static const char *const lines[] = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length:\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: 5\v\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding: chunked\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines[i]);
        struct http_request *request = read_whole(text, HTTP_REFUSED);
        assert_int_equal(http_request_refusal(request).status, 400);
        http_request_free(request);
    }
    struct http_request *old =
        read_whole("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_REFUSED);
    assert_int_equal(http_request_refusal(old).status, 400);
    http_request_free(old);
}

static void decodes_parameters_once(void **state)
{
    static const struct {
        const char *name;
        const char *value;
    } cases[] = {
        {"plain", "1"},
        {"empty", ""},
        {"coded", "a b/%41"},
        {"broken", NULL},
        {"cut", NULL},
        {"nul", NULL},
        {"long", NULL},
        {"fits", "123456789"},
        {"absent", NULL},
        {"lai", NULL},
        {"twice", "first"},
        {"bare", NULL},
        {"plus", "a+b"},
    };
    struct http_request *request = read_whole(
        "GET /?plain=1&empty=&coded=a%20b%2f%2541&broken=%zz&nul=a%00b&long=1234567890&"
        "fits=123456789&twice=first&twice=second&bare&plus=a+b&&cut=%4 HTTP/1.1\r\nHost: a\r\n\r\n",
        HTTP_WHOLE);
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[10];
        const char *value = http_request_parameter(request, cases[i].name, out, sizeof(out));
        if (!cases[i].value)
            assert_null(value);
        else
            assert_string_equal(value, cases[i].value);
    }
    http_request_free(request);
}

static void takes_as_much_as_its_bounds_and_no_byte_more(void **state)
{
    static const struct {
        const char *before;
        size_t fill;
        const char *after;
        int status; /* 0: sound */
    } cases[] = {
        {"GET /", 8192 - 14, " HTTP/1.1\r\nHost: a\r\n\r\n", 0},
        {"GET /", 8192 - 13, " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", 16384 - 32, "\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: ", 16384 - 31, "\r\n\r\n", 431},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request *request = http_request_new();
        enum http_progress progress = feed(request, cases[i].before, strlen(cases[i].before));
        for (size_t j = 0; j < cases[i].fill; j++)
            progress = feed(request, "a", 1);
        progress = feed(request, cases[i].after, strlen(cases[i].after));
        assert_int_equal(progress, cases[i].status == 0 ? HTTP_WHOLE : HTTP_REFUSED);
        assert_int_equal(http_request_refusal(request).status, cases[i].status);
        http_request_free(request);
    }
}

static void takes_a_hundred_fields_and_not_one_more(void **state)
{
    (void)state;
    for (int fields = 100; fields <= 101; fields++) {
        struct buf text;
        buf_init(&text, 65536);
        buf_add_text(&text, "GET / HTTP/1.1\r\nHost: a\r\n");
        for (int i = 1; i < fields; i++)
            buf_add_text(&text, "X: y\r\n");
        buf_add_text(&text, "\r\n");
        struct http_request *request =
            read_whole(text.data, fields == 100 ? HTTP_WHOLE : HTTP_REFUSED);
        assert_int_equal(http_request_refusal(request).status, fields == 100 ? 0 : 431);
        http_request_free(request);
        buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_request_says),
        cmocka_unit_test(reads_what_polling_and_event_streams_need),
        cmocka_unit_test(leaves_absent_fields_null),
        cmocka_unit_test(takes_its_own_and_leaves_what_is_behind),
        cmocka_unit_test(reads_the_same_byte_by_byte),
        cmocka_unit_test(says_what_becomes_of_the_connection),
        cmocka_unit_test(refuses_a_body_whose_length_is_in_doubt),
        cmocka_unit_test(decodes_parameters_once),
        cmocka_unit_test(takes_as_much_as_its_bounds_and_no_byte_more),
        cmocka_unit_test(takes_a_hundred_fields_and_not_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
