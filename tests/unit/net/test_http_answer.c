#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/net/http_answer.h"

/* The example of RFC 6455, section 1.3. */
static void accepts_with_the_key_s_digest(void **state)
{
    static const char key[] = "dGhlIHNhbXBsZSBub25jZQ==";
    struct buf out;

    (void)state;
    buf_init(&out, 4096);
    http_answer_upgrade(key, "belfry.v1", &out);
    assert_string_equal(out.data,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        "Sec-WebSocket-Protocol: belfry.v1\r\n\r\n");
    buf_clear(&out);
    http_answer_upgrade(key, NULL, &out);
    assert_null(strstr(out.data, "Protocol:"));
    buf_release(&out);
}

static void answers_with_the_fields_that_a_status_wants(void **state)
{
    static const struct {
        struct http_answer answer;
        enum http_extent extent;
        const char *has;
        const char *has_not;
    } cases[] = {
        {{.status = 400, .body = "{}"}, HTTP_BODY_WHOLE, "HTTP/1.1 400 Bad Request\r\n",
            "Retry-After"},
        {{.status = 400, .body = "{}", .close = true}, HTTP_BODY_WHOLE,
            "\r\nConnection: close\r\n\r\n{}", NULL},
        {{.status = 200, .body = "{}"}, HTTP_BODY_WHOLE, "\r\n\r\n{}", "Connection"},
        {{.status = 400, .body = "{}"}, HTTP_BODY_WHOLE, "Content-Length: 2\r\n", NULL},
        {{.status = 400, .body = "{}"}, HTTP_BODY_WHOLE, "Content-Type: application/json\r\n",
            NULL},
        {{.status = 200}, HTTP_BODY_WHOLE, "Content-Length: 0\r\n", NULL},
        {{.status = 204}, HTTP_BODY_WHOLE, "HTTP/1.1 204 No Content\r\n", "Content-Length"},
        {{.status = 405, .body = "{}"}, HTTP_BODY_WHOLE, "\r\nAllow: GET\r\n", NULL},
        {{.status = 426, .body = "{}"}, HTTP_BODY_WHOLE, "\r\nSec-WebSocket-Version: 13\r\n", NULL},
        {{.status = 426, .body = "{}"}, HTTP_BODY_WHOLE, "\r\nUpgrade: websocket\r\n", NULL},
        {{.status = 503, .body = "{}"}, HTTP_BODY_WHOLE, "\r\nRetry-After: 5\r\n", NULL},
        {{.status = 503, .body = "{}", .fields = "retry-after: 9\r\n"}, HTTP_BODY_WHOLE,
            "retry-after: 9\r\n", "Retry-After"},
        {{.status = 200, .body = "a 1\n", .type = "text/plain"}, HTTP_BODY_WHOLE,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n", NULL},
        {{.status = 200, .body = "content"}, HTTP_BODY_LEFT_OUT, "Content-Length: 7\r\n",
            "content"},
        {{.status = 200, .type = "text/event-stream"}, HTTP_BODY_PIECES,
            "\r\nConnection: close\r\n\r\n", "Content-Length"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out;
        buf_init(&out, 4096);
        http_answer_write(&cases[i].answer, NULL, cases[i].extent, &out);
        assert_non_null(strstr(out.data, cases[i].has));
        if (cases[i].has_not)
            assert_null(strstr(out.data, cases[i].has_not));
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts_with_the_key_s_digest),
        cmocka_unit_test(answers_with_the_fields_that_a_status_wants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
