#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/net/http_request.h"

#define BEGIN "GET /ws?a=1&token=x%2By%20z HTTP/1.1\r\nHost: example.org:8080\r\n"
#define UPGRADE \
    "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

static struct http_request *read_whole(const char *text, enum http_progress expected)
{
    struct http_request *request = http_request_new();

    assert_int_equal(http_request_feed(request, text, strlen(text)), expected);
    return request;
}

static void reads_what_the_request_says(void **state)
{
    struct http_request *request = read_whole(BEGIN UPGRADE
        "Origin: https://example.org \r\nX-Forwarded-For: 192.0.2.1\r\nAuthorization:Bearer t\r\n"
        "X-Forwarded-For:\t192.0.2.2\r\nSec-WebSocket-Protocol: a\r\n"
        "sec-websocket-protocol: b, c\r\nX-Forwarded-Host: h\r\nX-Forwarded-Proto: https\r\n"
        "User-Agent: one\r\nUser-Agent: two\r\nX-Empty:\r\n\r\n",
        HTTP_REQUEST_UPGRADE);

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

static void leaves_absent_fields_null(void **state)
{
    struct http_request *request =
        read_whole("GET / HTTP/1.1\r\nHost: a\r\n\r\n", HTTP_REQUEST_PLAIN);

    (void)state;
    assert_false(http_request_is_websocket(request));
    assert_null(http_request_field(request, HTTP_FIELD_ORIGIN));
    assert_null(http_request_field(request, HTTP_FIELD_KEY));
    assert_string_equal(http_request_query(request), "");
    http_request_free(request);
}

static void keeps_what_came_behind_the_request(void **state)
{
    static const char early[] = "\x81\x80\0\0\0\0more";
    char text[1024];
    size_t len = strlen(BEGIN UPGRADE "\r\n"), rest_len;
    struct http_request *request = http_request_new();

    (void)state;
    memcpy(text, BEGIN UPGRADE "\r\n", len);
    memcpy(text + len, early, sizeof(early));
    assert_int_equal(http_request_feed(request, text, len + sizeof(early)), HTTP_REQUEST_UPGRADE);
    const void *rest = http_request_rest(request, &rest_len);
    assert_int_equal(rest_len, sizeof(early));
    assert_memory_equal(rest, early, rest_len);
    http_request_free(request);
}

static void reads_the_same_octet_by_octet(void **state)
{
    static const char text[] = "\r\n" BEGIN UPGRADE "\r\n";
    struct http_request *request = http_request_new();
    size_t rest;

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 2; i++)
        assert_int_equal(http_request_feed(request, text + i, 1), HTTP_REQUEST_MORE);
    assert_int_equal(http_request_feed(request, "\n", 1), HTTP_REQUEST_UPGRADE);
    assert_string_equal(http_request_path(request), "/ws");
    http_request_rest(request, &rest);
    assert_int_equal(rest, 0);
    http_request_free(request);
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
        HTTP_REQUEST_PLAIN);
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

/* The example of RFC 6455, section 1.3. */
static void accepts_with_the_key_s_digest(void **state)
{
    struct http_request *request = read_whole(BEGIN UPGRADE "\r\n", HTTP_REQUEST_UPGRADE);
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    http_answer_upgrade(request, "belfry.v1", &out);
    assert_string_equal(out.data,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "Sec-WebSocket-Protocol: belfry.v1\r\n\r\n");
    buf_clear(&out);
    http_answer_upgrade(request, NULL, &out);
    assert_null(strstr(out.data, "Protocol:"));
    buf_release(&out);
    http_request_free(request);
}

static void answers_with_the_fields_that_a_status_wants(void **state)
{
    static const struct {
        struct http_answer answer;
        const char *has;
        const char *has_not;
    } cases[] = {
        {{.status = 400, .body = "{}"}, "HTTP/1.1 400 Bad Request\r\n", "Retry-After"},
        {{.status = 400, .body = "{}"}, "\r\nConnection: close\r\n\r\n{}", NULL},
        {{.status = 400, .body = "{}"}, "Content-Length: 2\r\n", NULL},
        {{.status = 400, .body = "{}"}, "Content-Type: application/json\r\n", NULL},
        {{.status = 405, .body = "{}"}, "\r\nAllow: GET\r\n", NULL},
        {{.status = 426, .body = "{}"}, "\r\nSec-WebSocket-Version: 13\r\n", NULL},
        {{.status = 426, .body = "{}"}, "\r\nUpgrade: websocket\r\n", NULL},
        {{.status = 503, .body = "{}"}, "\r\nRetry-After: 5\r\n", NULL},
        {{.status = 503, .body = "{}", .fields = "retry-after: 9\r\n"}, "retry-after: 9\r\n",
            "Retry-After"},
        {{.status = 200, .body = "a 1\n", .type = "text/plain"},
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", NULL},
        {{.status = 200, .body = "content", .head_only = true}, "Content-Length: 7\r\n", "content"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out;
        buf_init(&out, 4096);
        http_answer_write(&cases[i].answer, &out);
        assert_non_null(strstr(out.data, cases[i].has));
        if (cases[i].has_not)
            assert_null(strstr(out.data, cases[i].has_not));
        buf_release(&out);
    }
}

static void takes_as_much_as_its_bounds_and_no_octet_more(void **state)
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
        enum http_progress progress =
            http_request_feed(request, cases[i].before, strlen(cases[i].before));
        for (size_t j = 0; j < cases[i].fill; j++)
            progress = http_request_feed(request, "a", 1);
        progress = http_request_feed(request, cases[i].after, strlen(cases[i].after));
        assert_int_equal(
            progress, cases[i].status == 0 ? HTTP_REQUEST_PLAIN : HTTP_REQUEST_REFUSED);
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
            read_whole(text.data, fields == 100 ? HTTP_REQUEST_PLAIN : HTTP_REQUEST_REFUSED);
        assert_int_equal(http_request_refusal(request).status, fields == 100 ? 0 : 431);
        http_request_free(request);
        buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_request_says),
        cmocka_unit_test(leaves_absent_fields_null),
        cmocka_unit_test(keeps_what_came_behind_the_request),
        cmocka_unit_test(reads_the_same_octet_by_octet),
        cmocka_unit_test(decodes_parameters_once),
        cmocka_unit_test(accepts_with_the_key_s_digest),
        cmocka_unit_test(answers_with_the_fields_that_a_status_wants),
        cmocka_unit_test(takes_as_much_as_its_bounds_and_no_octet_more),
        cmocka_unit_test(takes_a_hundred_fields_and_not_one_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
