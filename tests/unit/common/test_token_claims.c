#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config.h"
#include "tests/unit/common/token_fixture.h"

/* The payload */

static void refuses_a_payload_that_is_no_clean_object(void **state)
{
    static const char *const payloads[] = {"[]", "\"u1\"", "1", "null", "{",
        "{\"sub\":\"u1\",\"exp\":1795378740", (GOOD_PAYLOAD "x"), (GOOD_PAYLOAD "{}"),
        ("\xef\xbb\xbf" GOOD_PAYLOAD), "{\"sub\":\"u1\",\"sub\":\"u2\",\"exp\":1795378740}",
        "{\"sub\":\"u1\",\"exp\":1795378740,\"exp\":1795378741}",
        "{\"sub\":\"u1\",\"exp\":1795378740,\"x\":{\"a\":1,\"a\":2}}",
        "{\"sub\":\"u1\",\"exp\":1795378740,\"x\":\"\xff\"}",
        "{\"sub\":\"u1\",\"exp\":1795378740,\"x\":\"\\ud800\"}", "{'sub':'u1','exp':1795378740}"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
        assert_payload(fixture, payloads[i], TOKEN_INVALID, NULL);
    forge_octets(fixture, GOOD_HEADER, GOOD_PAYLOAD "\0", strlen(GOOD_PAYLOAD) + 1);
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    forge_octets(fixture, GOOD_HEADER, GOOD_PAYLOAD "\0{}", strlen(GOOD_PAYLOAD) + 3);
    assert_int_equal(verify(fixture), TOKEN_INVALID);
}

static void refuses_a_deep_payload(void **state)
{
    struct fixture *fixture = *state;
    char payload[6000];
    size_t at = (size_t)sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"x\":");

    memset(payload + at, '[', 2500);
    memset(payload + at + 2500, ']', 2500);
    strcpy(payload + at + 5000, "}");
    assert_payload(fixture, payload, TOKEN_INVALID, NULL);
    memset(payload + at, '[', 100);
    memset(payload + at + 100, ']', 100);
    strcpy(payload + at + 200, "}");
    assert_payload(fixture, payload, TOKEN_INVALID, "nested");
}

static void refuses_a_nul_anywhere_in_the_payload(void **state)
{
    static const char *const claims[] = {"\"sub\":\"u1\\u0000\"", "\"sub\":\"\\u0000u1\"",
        "\"sub\":\"u1\",\"email\":\"a\\u0000\"", "\"sub\":\"u1\",\"topics\":[\"a\\u0000\"]",
        "\"sub\":\"u1\",\"iss\":\"belfry\\u0000\"", "\"sub\":\"u1\",\"sub\\u0000\":\"u2\""};
    struct fixture *fixture = *state;
    char payload[200];

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        sprintf(payload, "{%s,\"exp\":1795378740}", claims[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, "payload");
    }
}

static void refuses_a_sub_that_is_nobody(void **state)
{
    static const char *const subjects[] = {"\"\"", "1", "1.5", "null", "true", "[]", "[\"u1\"]",
        "{}", "\"u\\n1\"", "\"u\\u007f\"", "\"u\\u009b\""};
    struct fixture *fixture = *state;
    char payload[400];

    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        sprintf(payload, "{\"sub\":%s,\"exp\":1795378740}", subjects[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, "sub");
    }
    assert_payload(fixture, "{\"exp\":1795378740}", TOKEN_INVALID, "no sub");
    assert_payload(fixture, "{\"Sub\":\"u1\",\"exp\":1795378740}", TOKEN_INVALID, "no sub");
}

static void takes_a_sub_of_255_octets_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    char subject[257], payload[400];

    memset(subject, 'u', sizeof(subject));
    subject[255] = '\0';
    sprintf(payload, "{\"sub\":\"%s\",\"exp\":1795378740}", subject);
    assert_payload(fixture, payload, TOKEN_OK, NULL);
    subject[255] = 'u';
    subject[256] = '\0';
    sprintf(payload, "{\"sub\":\"%s\",\"exp\":1795378740}", subject);
    assert_payload(fixture, payload, TOKEN_INVALID, "255");
}

static void refuses_an_exp_that_is_no_time(void **state)
{
    static const char *const times[] = {"\"1795378740\"", "null", "true", "[]", "{}", "-1",
        "-9223372036854775808", "9223372036854775807", "9223372036854775808",
        "18446744073709551617", "1e400", "1.795378740e9", "NaN", "Infinity", "0x6b031bf4",
        "01795378740", "1795378740000"};
    struct fixture *fixture = *state;
    char payload[100];

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":%s}", times[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, NULL);
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"nbf\":%s}", times[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, NULL);
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"iat\":%s}", times[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, NULL);
    }
    assert_payload(
        fixture, "{\"sub\":\"u1\",\"exp\":1795378740000}", TOKEN_INVALID, "milliseconds");
}

static void refuses_a_token_that_has_no_exp(void **state)
{
    struct fixture *fixture = *state;

    assert_payload(fixture, "{\"sub\":\"u1\"}", TOKEN_INVALID, "no exp");
}

static void assert_time(struct fixture *fixture, const char *claim, int64_t offset,
    enum token_verdict expected, const char *words)
{
    char payload[200];

    if (strcmp(claim, "exp") == 0)
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":%lld}", (long long)NOW + offset);
    else
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"%s\":%lld}", claim,
            (long long)NOW + offset);
    assert_payload(fixture, payload, expected, words);
}

static void takes_a_token_until_its_exp_and_the_leeway(void **state)
{
    struct fixture *fixture = *state;

    assert_time(fixture, "exp", 1, TOKEN_OK, NULL);
    assert_time(fixture, "exp", -29, TOKEN_OK, NULL);
    assert_time(fixture, "exp", -30, TOKEN_EXPIRED, "expired 30 s ago");
    assert_time(fixture, "exp", -3600, TOKEN_EXPIRED, "3600");
    assert_payload(fixture, "{\"sub\":\"u1\",\"exp\":0}", TOKEN_EXPIRED, NULL);
    fixture->policy.leeway = 0;
    assert_time(fixture, "exp", 1, TOKEN_OK, NULL);
    assert_time(fixture, "exp", 0, TOKEN_EXPIRED, NULL);
}

static void takes_a_token_from_its_iat_and_nbf_less_the_leeway(void **state)
{
    static const char *const claims[] = {"iat", "nbf"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 2; i++) {
        assert_time(fixture, claims[i], -100000, TOKEN_OK, NULL);
        assert_time(fixture, claims[i], 30, TOKEN_OK, NULL);
        assert_time(fixture, claims[i], 31, TOKEN_INVALID, "clocks");
    }
}

static void demands_the_issuer_only_where_one_is_configured(void **state)
{
    static const char *const wrong[] = {"", ",\"iss\":\"other\"", ",\"iss\":\"\"", ",\"iss\":null",
        ",\"iss\":7", ",\"iss\":[\"belfry\"]", ",\"iss\":\"Belfry\""};
    struct fixture *fixture = *state;
    char payload[200];

    assert_payload(fixture, "{\"sub\":\"u1\",\"exp\":1795378740,\"iss\":7}", TOKEN_OK, NULL);
    fixture->policy.issuer = "belfry";
    assert_payload(
        fixture, "{\"sub\":\"u1\",\"exp\":1795378740,\"iss\":\"belfry\"}", TOKEN_OK, NULL);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740%s}", wrong[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, "iss");
    }
}

static void demands_the_audience_only_where_one_is_configured(void **state)
{
    static const char *const wrong[] = {"", ",\"aud\":\"other\"", ",\"aud\":[]", ",\"aud\":null",
        ",\"aud\":[7,null]", ",\"aud\":{\"belfry\":1}", ",\"aud\":[[\"belfry\"]]",
        ",\"aud\":\"belfry2\"", ",\"aud\":\"belfr\""};
    struct fixture *fixture = *state;
    char payload[200];

    assert_payload(fixture, "{\"sub\":\"u1\",\"exp\":1795378740,\"aud\":\"x\"}", TOKEN_OK, NULL);
    fixture->policy.audience = "belfry";
    assert_payload(
        fixture, "{\"sub\":\"u1\",\"exp\":1795378740,\"aud\":\"belfry\"}", TOKEN_OK, NULL);
    assert_payload(
        fixture, "{\"sub\":\"u1\",\"exp\":1795378740,\"aud\":[\"x\",\"belfry\"]}", TOKEN_OK, NULL);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740%s}", wrong[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, "aud");
    }
}

static void refuses_claims_of_a_wrong_type(void **state)
{
    static const char *const claims[] = {"email", "name", "role", "belfry_sid", "jti"};
    static const char *const values[] = {"1", "true", "[]", "{}", "[\"admin\"]"};
    struct fixture *fixture = *state;
    char payload[200];

    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        for (size_t j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
            sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"%s\":%s}", claims[i], values[j]);
            assert_payload(fixture, payload, TOKEN_INVALID, claims[i]);
        }
    }
}

static void refuses_topics_that_are_no_list_of_strings(void **state)
{
    static const char *const values[] = {"\"public:a\"", "1", "{}", "true", "[1]", "[\"a\",null]",
        "[\"\"]", "[[\"a\"]]", "[\"a\\n\"]"};
    struct fixture *fixture = *state;
    char payload[200];

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"topics\":%s}", values[i]);
        assert_payload(fixture, payload, TOKEN_INVALID, "topic");
    }
}

static void takes_64_topics_and_no_more(void **state)
{
    struct fixture *fixture = *state;
    struct buf payload;

    buf_init(&payload, 4000);
    for (int count = 64; count <= 65; count++) {
        buf_clear(&payload);
        buf_add_text(&payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"topics\":[\"t\"");
        for (int i = 1; i < count; i++)
            buf_addf(&payload, ",\"topic:%d\"", i);
        buf_add_text(&payload, "]}");
        assert_payload(fixture, payload.data, count == 64 ? TOKEN_OK : TOKEN_INVALID, NULL);
    }
    buf_release(&payload);
    assert_payload(fixture, "{\"sub\":\"u1\",\"exp\":1795378740,\"topics\":[]}", TOKEN_OK, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(refuses_a_payload_that_is_no_clean_object),
        TEST(refuses_a_deep_payload),
        TEST(refuses_a_nul_anywhere_in_the_payload),
        TEST(refuses_a_sub_that_is_nobody),
        TEST(takes_a_sub_of_255_octets_and_no_more),
        TEST(refuses_an_exp_that_is_no_time),
        TEST(refuses_a_token_that_has_no_exp),
        TEST(takes_a_token_until_its_exp_and_the_leeway),
        TEST(takes_a_token_from_its_iat_and_nbf_less_the_leeway),
        TEST(demands_the_issuer_only_where_one_is_configured),
        TEST(demands_the_audience_only_where_one_is_configured),
        TEST(refuses_claims_of_a_wrong_type),
        TEST(refuses_topics_that_are_no_list_of_strings),
        TEST(takes_64_topics_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
