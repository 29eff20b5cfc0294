/* The code shared by all programs processes everything that an unauthenticated client sends in
 * linear time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base64url.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/log.h"
#include "common/origin.h"
#include "common/proxies.h"
#include "common/text.h"
#include "common/token.h"
#include "tests/unit/linear.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define MESSAGE (64 * 1024)
#define HEAD (16 * 1024)
#define COUNT(texts) (sizeof(texts) / sizeof((texts)[0]))

static const struct linear_text json_texts[] = {
    {"[\"", "a", "\"", ":", NULL},
    {"{\"", "a", "\"", ":", NULL},
    {"{\"", "\\u0000", "\"", ":", NULL},
    {"{\"", "\\u0000", "\"", ":\"\"", NULL},
    {"{\"", "\\ud83d", "\"", ":", NULL},
    {"{", "\"\\ud83d\":1,", NULL, NULL, "\"a\":1}"},
    {"[", "\"\\", NULL, NULL, "\"]"},
    {"[\"", "\\ud83d", NULL, NULL, "\"]"},
    {"[\"", "\\ud83d\\u", NULL, NULL, "\"]"},
    {"[\"", "\\", NULL, NULL, "\"]"},
    {"[\"", "\xef\xbf\xbd", "\"", "]", "]"},
    {"[", "9", NULL, NULL, "]"},
    {"[0.", "9", NULL, NULL, "]"},
    {"[99999999999999999999,1e", "9", NULL, NULL, "]"},
    {"[99999999999999999999", ",9999999999999999999", NULL, NULL, "]"},
    {"[99999999999999999999", ",\"\"", NULL, NULL, "]"},
    {"[", "[],", NULL, NULL, "0]"},
    {"[", "[", NULL, "]", "]"},
    {"[0", ",0", NULL, NULL, "]"},
    {NULL, ":", NULL, NULL, NULL},
    {NULL, "\"", NULL, NULL, NULL},
    {NULL, " ", NULL, NULL, "1"},
    {NULL, "\xff", NULL, NULL, NULL},
};

static void read_json(void *context, const char *text, size_t len)
{
    struct reason why;

    (void)context;
    json_decref(json_read(text, len, &why));
}

static void read_json_strictly(void *context, const char *text, size_t len)
{
    struct reason why;

    (void)context;
    json_decref(json_read_strict(text, len, &why));
}

static void check_json(void *context, const char *text, size_t len)
{
    struct reason why;

    (void)context;
    json_check(text, len, false, &why);
    json_values(text, len);
}

static void mend_json(void *context, const char *text, size_t len)
{
    (void)context;
    (void)len;
    json_mend((char *)text, len);
}

static void json_is_linear(void **state)
{
    (void)state;
    linear_assert(read_json, NULL, json_texts, COUNT(json_texts), MESSAGE);
    linear_assert(read_json_strictly, NULL, json_texts, COUNT(json_texts), MESSAGE);
    linear_assert(check_json, NULL, json_texts, COUNT(json_texts), MESSAGE);
    linear_assert(mend_json, NULL, json_texts, COUNT(json_texts), MESSAGE);
}

/* All keys are different, and as short as possible. */
static void write_keys(char *text, size_t len)
{
    size_t at = 1;

    text[0] = '{';
    for (unsigned i = 0; at + 16 < len; i++)
        at += (size_t)snprintf(text + at, 16, "\"%x\":0,", i);
    snprintf(text + at, 16, "\"z\":0}");
}

static void read_keys(void *context, const char *text, size_t len)
{
    write_keys((char *)text, len);
    read_json(context, text, strlen(text));
    read_json_strictly(context, text, strlen(text));
}

static void many_keys_are_linear(void **state)
{
    static const struct linear_text any = {NULL, " ", NULL, NULL, NULL};

    (void)state;
    linear_assert(read_keys, NULL, &any, 1, MESSAGE);
}

static void escape_text(void *context, const char *text, size_t len)
{
    struct buf out;

    (void)context;
    buf_init(&out, 16 * len + 16);
    buf_add_json_string(&out, text, len);
    buf_add_escaped(&out, text, len);
    text_is_utf8(text, len);
    text_has_control(text, len);
    text_cut(text, len, len / 2);
    buf_release(&out);
}

static void log_text(void *context, const char *text, size_t len)
{
    struct logger field = logger_with(context, "client", text);

    (void)len;
    log_info(&field, "%s", text);
}

static const struct linear_text plain_texts[] = {
    {NULL, "a", NULL, NULL, NULL},
    {NULL, "\x01", NULL, NULL, NULL},
    {NULL, "\x80", NULL, NULL, NULL},
    {NULL, "\xf0\x9f\x98\x80", NULL, NULL, NULL},
    {NULL, "\"\\", NULL, NULL, NULL},
};

static void text_is_linear(void **state)
{
    (void)state;
    linear_assert(escape_text, NULL, plain_texts, COUNT(plain_texts), MESSAGE);
}

static void the_log_is_linear(void **state)
{
    struct clock clock = clock_system();
    struct log_sink sink;
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)state;
    for (int format = LOG_TEXT; format <= LOG_JSON; format++) {
        log_sink_init(&sink, fd, (enum log_format)format, LOG_INFO, &clock, "test");
        struct logger log = logger_root(&sink);
        linear_assert(log_text, &log, plain_texts, COUNT(plain_texts), MESSAGE);
    }
    close(fd);
}

static void verify_token(void *context, const char *text, size_t len)
{
    static const struct token_policy policy = {.leeway = 30};
    struct token_claims claims;
    struct reason why;

    token_verify(&policy, context, text, len, 1795375140, &claims, &why);
    token_claims_release(&claims);
}

/* The text is the payload of an unsigned token: it is read before the signature is checked. */
static void verify_payload(void *context, const char *text, size_t len)
{
    static const char head[] = "eyJhbGciOiJIUzI1NiJ9.";
    static const char tail[] = ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    size_t size = sizeof(head) + BASE64URL_LENGTH(len) + sizeof(tail);
    char *token = malloc(size + 1);

    strcpy(token, head);
    base64url_encode(text, len, token + strlen(token));
    strcat(token, tail);
    verify_token(context, token, strlen(token));
    free(token);
}

static void tokens_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {NULL, ".", NULL, NULL, NULL},
        {NULL, "A", NULL, NULL, NULL},
        {"eyJhbGciOiJIUzI1NiJ9.", "A", NULL, NULL, ".A"},
    };
    static const struct linear_text payloads[] = {
        {"{\"sub\":\"1\",\"topics\":[\"a\"", ",\"a\"", NULL, NULL, "]}"},
        {"{\"a\":\"", "a", "\"", ":", "}"},
        {"{\"sub\":\"", "a", NULL, NULL, "\"}"},
    };
    struct secrets secrets = {.count = 0};

    (void)state;
    assert_int_equal(secrets_add(&secrets, SECRET, strlen(SECRET), false, NULL), 0);
    linear_assert(verify_token, &secrets, texts, COUNT(texts), TOKEN_MAX_OCTETS);
    linear_assert(verify_payload, &secrets, payloads, COUNT(payloads), TOKEN_MAX_OCTETS / 2);
    secrets_release(&secrets);
}

static void find_client(void *context, const char *text, size_t len)
{
    char client[PROXIES_ADDRESS_SIZE];

    (void)len;
    proxies_client(context, "127.0.0.1", text, client);
}

static void forwarded_addresses_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {NULL, "127.0.0.1,", NULL, NULL, "127.0.0.1"},
        {NULL, "127.0.0.1 , ", NULL, NULL, "127.0.0.1"},
        {NULL, " ", NULL, NULL, "127.0.0.1"},
        {"127.0.0.1", " ", NULL, NULL, NULL},
        {NULL, ",", NULL, NULL, NULL},
        {NULL, "[", NULL, NULL, NULL},
        {"[", "1", NULL, NULL, "]"},
    };
    char *items[] = {(char *)"127.0.0.0/8"};
    struct config_list list = {items, 1};
    struct proxies *proxies = proxies_new(&list, NULL);

    (void)state;
    linear_assert(find_client, proxies, texts, COUNT(texts), HEAD);
    proxies_free(proxies);
}

static void check_origin(void *context, const char *text, size_t len)
{
    struct reason why;

    (void)len;
    origin_check(context, text, "example.org", &why);
    origin_check(context, "https://example.org", text, &why);
}

static void origins_are_linear(void **state)
{
    static const struct linear_text texts[] = {
        {"https://", "a", NULL, NULL, NULL},
        {"https://", ":", NULL, NULL, NULL},
        {"https://[", ":", NULL, NULL, "]"},
        {"https://example.org:", "1", NULL, NULL, NULL},
        {NULL, "/", NULL, NULL, NULL},
        {NULL, "https://a,", NULL, NULL, NULL},
    };
    char *items[] = {(char *)"https://good.example"};
    struct config_list list = {items, 1};

    (void)state;
    linear_assert(check_origin, &list, texts, COUNT(texts), HEAD);
}

static void measure_squares(void *context, const char *text, size_t len)
{
    volatile size_t steps = 0;

    (void)context;
    for (size_t i = 0; i < len; i++)
        for (size_t j = 0; j < i; j++)
            steps += text[j] == 'b';
}

/* Tests the measurement itself: it detects quadratic work. */
static void the_bound_lies_below_what_is_quadratic(void **state)
{
    struct linear_text text = {NULL, "a", NULL, NULL, NULL};

    (void)state;
    assert_true(linear_ratio(measure_squares, NULL, &text, 4096) > LINEAR_RATIO_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_lies_below_what_is_quadratic),
        cmocka_unit_test(json_is_linear),
        cmocka_unit_test(many_keys_are_linear),
        cmocka_unit_test(text_is_linear),
        cmocka_unit_test(the_log_is_linear),
        cmocka_unit_test(tokens_are_linear),
        cmocka_unit_test(forwarded_addresses_are_linear),
        cmocka_unit_test(origins_are_linear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
