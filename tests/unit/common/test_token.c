#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/common/token_fixture.h"

/* Valid tokens */

static void takes_a_token_of_the_web_application(void **state)
{
    struct fixture *fixture = *state;

    assert_payload(fixture, GOOD_PAYLOAD, TOKEN_OK, NULL);
    assert_string_equal(fixture->claims.subject, "u1");
    assert_int_equal(fixture->claims.issued_at, NOW);
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    assert_null(fixture->claims.email);
    assert_null(fixture->claims.session);
    assert_int_equal(fixture->claims.topic_count, 0);
}

static void takes_the_example_of_another_library(void **state)
{
    /* As written by jose's SignJWT (no typ), signed by Python's hmac. */
    static const char token[] = "eyJhbGciOiJIUzI1NiJ9."
                                "eyJzdWIiOiJ1MSIsImlhdCI6MTc5NTM3NTE0MCwiZXhwIjoxNzk1Mzc4NzQwfQ."
                                "DIvRzDefRQ5aTr0ccO0iLL4qgh0uSdi9RrIrYOWreGs";
    struct fixture *fixture = *state;

    assert_int_equal(verify_text(fixture, token, strlen(token)), TOKEN_OK);
    assert_string_equal(fixture->claims.subject, "u1");
}

static void takes_a_token_without_iat(void **state)
{
    struct fixture *fixture = *state;

    assert_payload(fixture, "{\"sub\":\"u1\",\"exp\":1795378740}", TOKEN_OK, NULL);
    assert_int_equal(fixture->claims.issued_at, -1);
}

static void reads_every_claim(void **state)
{
    struct fixture *fixture = *state;

    assert_payload(fixture,
        "{\"sub\":\"u1\",\"exp\":1795378740,\"email\":\"a@b.example\",\"name\":"
        "\"J\\u00e9r\\u00f4me\","
        "\"role\":\"admin\",\"jti\":\"x\",\"belfry_sid\":\"abc.7\",\"topics\":[\"public:a\",\"job:*"
        "\"],"
        "\"unknown\":{\"a\":[]}}",
        TOKEN_OK, NULL);
    assert_string_equal(fixture->claims.email, "a@b.example");
    assert_string_equal(fixture->claims.name, "Jérôme");
    assert_string_equal(fixture->claims.role, "admin");
    assert_string_equal(fixture->claims.id, "x");
    assert_string_equal(fixture->claims.session, "abc.7");
    assert_int_equal(fixture->claims.topic_count, 2);
    assert_string_equal(fixture->claims.topics[1], "job:*");
}

static void takes_null_as_absent(void **state)
{
    struct fixture *fixture = *state;

    assert_payload(fixture,
        "{\"sub\":\"u1\",\"exp\":1795378740,\"email\":null,\"name\":null,\"topics\":null}",
        TOKEN_OK, NULL);
    assert_null(fixture->claims.email);
}

static void tries_every_secret(void **state)
{
    struct fixture *fixture = *state;

    buf_add_text(&fixture->token, "eyJhbGciOiJIUzI1NiJ9.");
    add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
    add_signature(&fixture->token, EVP_sha256(), OTHER);
    assert_int_equal(verify(fixture), TOKEN_OK);
}

/* Size, parts and encoding */

static void says_that_there_is_no_token(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(verify_text(fixture, "", 0), TOKEN_MISSING);
    assert_int_equal(verify_text(fixture, NULL, 0), TOKEN_MISSING);
}

static void forge_of_length(struct fixture *fixture, size_t length)
{
    static char payload[8000];
    size_t at = (size_t)sprintf(payload, "{\"sub\":\"u1\",\"exp\":1795378740,\"x\":\"");

    memset(payload + at, 'x', sizeof(payload) - at);
    do {
        strcpy(payload + at, "\"}");
        forge(fixture, GOOD_HEADER, payload);
        payload[at++] = 'x';
        payload[at] = 'x';
    } while (fixture->token.len < length);
}

static void takes_8192_octets_and_no_more(void **state)
{
    struct fixture *fixture = *state;

    forge_of_length(fixture, TOKEN_MAX_OCTETS);
    assert_int_equal(fixture->token.len, TOKEN_MAX_OCTETS);
    assert_int_equal(verify(fixture), TOKEN_OK);
    forge_of_length(fixture, TOKEN_MAX_OCTETS + 1);
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    assert_non_null(strstr(fixture->why.text, "8192"));
}

static void survives_a_megabyte(void **state)
{
    struct fixture *fixture = *state;
    static char text[1048576];

    memset(text, 'A', sizeof(text));
    assert_int_equal(verify_text(fixture, text, sizeof(text)), TOKEN_INVALID);
    memset(text, '.', sizeof(text));
    assert_int_equal(verify_text(fixture, text, TOKEN_MAX_OCTETS), TOKEN_INVALID);
}

static void refuses_other_than_three_parts(void **state)
{
    static const char *const texts[] = {"a", ".", "..", "...", "a.b", "e30.e30", "e30.e30.",
        ".e30.e30", "e30..e30", "e30.e30.e30.e30", "e30.e30.e30."};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(verify_text(fixture, texts[i], strlen(texts[i])), TOKEN_INVALID);
}

static void refuses_any_octet_too_many(void **state)
{
    static const char strange[] = {
        '\0', ' ', '\n', '\t', '\r', '.', '=', '+', '/', '~', '%', '"', '\x7f', '\x80', '\xff'};
    struct fixture *fixture = *state;
    char text[400];

    forge(fixture, GOOD_HEADER, GOOD_PAYLOAD);
    for (size_t i = 0; i < sizeof(strange); i++) {
        for (size_t at = 0; at <= fixture->token.len; at++) {
            memcpy(text, fixture->token.data, at);
            text[at] = strange[i];
            memcpy(text + at + 1, fixture->token.data + at, fixture->token.len - at);
            assert_int_equal(verify_text(fixture, text, fixture->token.len + 1), TOKEN_INVALID);
        }
    }
}

static void refuses_any_octet_changed_or_missing(void **state)
{
    struct fixture *fixture = *state;
    char text[400];

    forge(fixture, GOOD_HEADER, GOOD_PAYLOAD);
    for (size_t at = 0; at < fixture->token.len; at++) {
        memcpy(text, fixture->token.data, fixture->token.len);
        text[at] = text[at] == 'B' ? 'C' : 'B';
        assert_int_equal(verify_text(fixture, text, fixture->token.len), TOKEN_INVALID);
        memmove(text + at, fixture->token.data + at + 1, fixture->token.len - at - 1);
        assert_int_equal(verify_text(fixture, text, fixture->token.len - 1), TOKEN_INVALID);
        assert_int_equal(verify_text(fixture, fixture->token.data, at) == TOKEN_OK, 0);
    }
}

static void refuses_a_second_spelling_of_the_signature(void **state)
{
    /* 32 bytes leave 2 bits of the last character unused: 4 encodings, one of them canonical. */
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct fixture *fixture = *state;
    char *last;
    int taken = 0;

    forge(fixture, GOOD_HEADER, GOOD_PAYLOAD);
    last = &fixture->token.data[fixture->token.len - 1];
    for (size_t i = 0; i < 64; i++) {
        *last = alphabet[i];
        taken += verify(fixture) == TOKEN_OK;
    }
    assert_int_equal(taken, 1);
}

static void refuses_padding(void **state)
{
    struct fixture *fixture = *state;

    forge(fixture, GOOD_HEADER, GOOD_PAYLOAD);
    buf_add_char(&fixture->token, '=');
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    assert_non_null(strstr(fixture->why.text, "signature is not base64url"));
}

/* The header */

static void refuses_every_algorithm_but_hs256(void **state)
{
    static const char *const algorithms[] = {"\"none\"", "\"None\"", "\"NONE\"", "\"nOnE\"", "\"\"",
        "\"hs256\"", "\"HS256 \"", "\"HS384\"", "\"HS512\"", "\"RS256\"", "\"ES256\"", "\"PS256\"",
        "\"EdDSA\"", "\"dir\"", "null", "0", "true", "[]", "[\"HS256\"]", "{\"alg\":\"HS256\"}"};
    struct fixture *fixture = *state;
    char header[100];

    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        sprintf(header, "{\"typ\":\"JWT\",\"alg\":%s}", algorithms[i]);
        assert_header(fixture, header, TOKEN_INVALID, "not HS256");
    }
    assert_header(fixture, "{\"typ\":\"JWT\"}", TOKEN_INVALID, "missing");
    assert_header(fixture, "{\"ALG\":\"HS256\"}", TOKEN_INVALID, "missing");
}

static void refuses_no_signature(void **state)
{
    static const char header[] = "{\"alg\":\"none\"}";
    struct fixture *fixture = *state;

    add_base64url(&fixture->token, header, strlen(header));
    buf_add_char(&fixture->token, '.');
    add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
    buf_add_char(&fixture->token, '.');
    assert_int_equal(verify(fixture), TOKEN_INVALID);
}

static void refuses_a_signature_of_another_digest(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"HS256\"}", "{\"alg\":\"HS384\"}", "{\"alg\":\"HS512\"}"};

    const EVP_MD *const digests[] = {EVP_sha384(), EVP_sha384(), EVP_sha512()};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 3; i++) {
        buf_clear(&fixture->token);
        add_base64url(&fixture->token, headers[i], strlen(headers[i]));
        buf_add_char(&fixture->token, '.');
        add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
        add_signature(&fixture->token, digests[i], SECRET);
        assert_int_equal(verify(fixture), TOKEN_INVALID);
        assert_non_null(strstr(fixture->why.text, "bytes instead of 32"));
    }
}

static void refuses_what_changes_how_the_rest_is_read(void **state)
{
    struct fixture *fixture = *state;

    assert_header(fixture, "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", TOKEN_INVALID, "crit");
    assert_header(fixture, "{\"alg\":\"HS256\",\"crit\":null}", TOKEN_INVALID, "crit");
    assert_header(fixture, "{\"alg\":\"HS256\",\"b64\":false}", TOKEN_INVALID, "b64");
    assert_header(fixture, "{\"alg\":\"HS256\",\"b64\":true}", TOKEN_INVALID, "b64");
    assert_header(fixture, "{\"alg\":\"HS256\",\"zip\":\"DEF\"}", TOKEN_INVALID, "zip");
    assert_header(fixture, "{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", TOKEN_INVALID, "typ");
    assert_header(fixture, "{\"alg\":\"HS256\",\"typ\":1}", TOKEN_INVALID, "typ");
}

static void ignores_keys_that_the_header_offers(void **state)
{
    struct fixture *fixture = *state;

    assert_header(fixture,
        "{\"alg\":\"HS256\",\"kid\":\"../../etc/passwd\",\"jku\":\"http://127.0.0.1:1/"
        "\",\"x5u\":\"file:///x\","
        "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}}",
        TOKEN_OK, NULL);
    assert_header(fixture, "{\"alg\":\"HS256\",\"kid\":7,\"typ\":\"jwt\"}", TOKEN_OK, NULL);
}

static void refuses_a_key_from_the_header(void **state)
{
    static const char header[] =
        "{\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"YXR0YWNrZXI\"}}";
    struct fixture *fixture = *state;

    add_base64url(&fixture->token, header, strlen(header));
    buf_add_char(&fixture->token, '.');
    add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
    add_signature(&fixture->token, EVP_sha256(), "attacker");
    assert_int_equal(verify(fixture), TOKEN_INVALID);
}

static void refuses_a_header_that_is_no_clean_object(void **state)
{
    static const char *const headers[] = {"[]", "\"HS256\"", "1", "null", "{", "{}x",
        "\xef\xbb\xbf{\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"alg\":\"HS256\"}",
        "{\"alg\":\"none\",\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}",
        "{\"alg\":\"HS256\\u0000\"}", "{\"alg\":\"HS256\",\"x\":\"\xff\"}"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
        assert_header(fixture, headers[i], TOKEN_INVALID, "header");
}

/* The signature */

static void names_the_secrets_that_did_not_fit(void **state)
{
    struct fixture *fixture = *state;
    char known[100];

    buf_add_text(&fixture->token, "eyJhbGciOiJIUzI1NiJ9.");
    add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
    add_signature(&fixture->token, EVP_sha256(), THIRD);
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    assert_non_null(strstr(fixture->why.text, "signature fits none of 2 secrets ("));
    assert_non_null(
        strstr(fixture->why.text, secrets_describe(&fixture->secrets, known, sizeof(known))));
    assert_null(strstr(fixture->why.text, "0123456789"));
}

static void takes_nothing_without_a_secret(void **state)
{
    struct fixture *fixture = *state;

    forge(fixture, GOOD_HEADER, GOOD_PAYLOAD);
    secrets_release(&fixture->secrets);
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    /* An empty key would fit what anybody signs with it. */
    fixture->secrets.count = 1;
    fixture->secrets.items[0] = (struct secret){.octets = malloc(1), .len = 0};
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    buf_clear(&fixture->token);
    buf_add_text(&fixture->token, "eyJhbGciOiJIUzI1NiJ9.");
    add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
    add_signature(&fixture->token, EVP_sha256(), "");
    assert_int_equal(verify(fixture), TOKEN_INVALID);
}

static void refuses_an_empty_secret(void **state)
{
    struct fixture *fixture = *state;

    buf_add_text(&fixture->token, "eyJhbGciOiJIUzI1NiJ9.");
    add_base64url(&fixture->token, GOOD_PAYLOAD, strlen(GOOD_PAYLOAD));
    add_signature(&fixture->token, EVP_sha256(), "");
    assert_int_equal(verify(fixture), TOKEN_INVALID);
}

static void looks_at_no_claim_before_the_signature(void **state)
{
    struct fixture *fixture = *state;

    forge(fixture, GOOD_HEADER, "{\"sub\":\"u1\",\"exp\":1}");
    fixture->token.data[fixture->token.len - 2] ^= 1;
    assert_int_equal(verify(fixture), TOKEN_INVALID);
    assert_non_null(strstr(fixture->why.text, "signature"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(takes_a_token_of_the_web_application),
        TEST(takes_the_example_of_another_library),
        TEST(takes_a_token_without_iat),
        TEST(reads_every_claim),
        TEST(takes_null_as_absent),
        TEST(tries_every_secret),
        TEST(says_that_there_is_no_token),
        TEST(takes_8192_octets_and_no_more),
        TEST(survives_a_megabyte),
        TEST(refuses_other_than_three_parts),
        TEST(refuses_any_octet_too_many),
        TEST(refuses_any_octet_changed_or_missing),
        TEST(refuses_a_second_spelling_of_the_signature),
        TEST(refuses_padding),
        TEST(refuses_every_algorithm_but_hs256),
        TEST(refuses_no_signature),
        TEST(refuses_a_signature_of_another_digest),
        TEST(refuses_what_changes_how_the_rest_is_read),
        TEST(ignores_keys_that_the_header_offers),
        TEST(refuses_a_key_from_the_header),
        TEST(refuses_a_header_that_is_no_clean_object),
        TEST(names_the_secrets_that_did_not_fit),
        TEST(takes_nothing_without_a_secret),
        TEST(refuses_an_empty_secret),
        TEST(looks_at_no_claim_before_the_signature),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
