#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/config.h"
#include "common/token.h"

#define NOW 1795375140
#define SECRET "0123456789abcdef0123456789abcdef"
#define OTHER "fedcba9876543210fedcba9876543210"
#define THIRD "an old secret that is going away, soon"
#define GOOD_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define GOOD_PAYLOAD "{\"sub\":\"u1\",\"iat\":1795375140,\"exp\":1795378740}"

struct fixture {
    struct token_policy policy;
    struct secrets secrets;
    struct token_claims claims;
    struct reason why;
    struct buf token;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    fixture->policy = (struct token_policy){.lifetime = 3600, .leeway = 30};
    token_claims_init(&fixture->claims);
    buf_init(&fixture->token, 2000000);
    secrets_add(&fixture->secrets, SECRET, strlen(SECRET), false, NULL);
    secrets_add(&fixture->secrets, OTHER, strlen(OTHER), false, NULL);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    token_claims_release(&fixture->claims);
    secrets_release(&fixture->secrets);
    buf_release(&fixture->token);
    free(fixture);
    return 0;
}

static void add_base64url(struct buf *out, const void *octets, size_t len)
{
    char *text = malloc(BASE64URL_LENGTH(len) + 1);

    buf_add_text(out, base64url_encode(octets, len, text));
    free(text);
}

static void add_signature(struct buf *token, const EVP_MD *digest, const char *secret)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    HMAC(digest, secret, (int)strlen(secret), (unsigned char *)token->data, token->len, mac, &len);
    buf_add_char(token, '.');
    add_base64url(token, mac, len);
}

/* A token as somebody would forge it who has the secret: nothing here is checked. */
static void forge_octets(
    struct fixture *fixture, const char *header, const char *payload, size_t payload_len)
{
    buf_clear(&fixture->token);
    add_base64url(&fixture->token, header, strlen(header));
    buf_add_char(&fixture->token, '.');
    add_base64url(&fixture->token, payload, payload_len);
    add_signature(&fixture->token, EVP_sha256(), SECRET);
}

static void forge(struct fixture *fixture, const char *header, const char *payload)
{
    forge_octets(fixture, header, payload, strlen(payload));
}

static enum token_verdict verify_text(struct fixture *fixture, const char *token, size_t len)
{
    enum token_verdict verdict;

    token_claims_release(&fixture->claims);
    fixture->why.text[0] = '\0';
    verdict = token_verify(
        &fixture->policy, &fixture->secrets, token, len, NOW, &fixture->claims, &fixture->why);
    assert_int_equal(verdict == TOKEN_OK, fixture->claims.subject != NULL);
    assert_int_equal(verdict == TOKEN_OK, fixture->why.text[0] == '\0');
    return verdict;
}

static enum token_verdict verify(struct fixture *fixture)
{
    return verify_text(fixture, fixture->token.data, fixture->token.len);
}

static void assert_payload(
    struct fixture *fixture, const char *payload, enum token_verdict expected, const char *words)
{
    forge(fixture, GOOD_HEADER, payload);
    if (verify(fixture) != expected)
        fail_msg("%s: %s", payload, fixture->why.text);
    if (words && !strstr(fixture->why.text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", payload, fixture->why.text, words);
}

static void assert_header(
    struct fixture *fixture, const char *header, enum token_verdict expected, const char *words)
{
    forge(fixture, header, GOOD_PAYLOAD);
    if (verify(fixture) != expected)
        fail_msg("%s: %s", header, fixture->why.text);
    if (words && !strstr(fixture->why.text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", header, fixture->why.text, words);
}

/* Verifying what is right */

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
    /* As jose's SignJWT writes it (no typ), signed by Python's hmac. */
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
    /* 32 octets leave 2 bits of the last character unused: 4 spellings, one of them canonical. */
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
        assert_non_null(strstr(fixture->why.text, "octets in place of 32"));
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
    /* libjwt takes anything for a key of no octets. */
    fixture->secrets.count = 1;
    fixture->secrets.items[0] = (struct secret){.octets = malloc(1), .len = 0};
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

/* Issuing */

static int issue(struct fixture *fixture, int64_t session_end)
{
    buf_clear(&fixture->token);
    return token_issue(&fixture->policy, &fixture->secrets, &fixture->claims, session_end, NOW,
        &fixture->token, &fixture->why);
}

static void issues_what_it_verifies(void **state)
{
    struct fixture *fixture = *state;
    char *id;

    fixture->policy.issuer = "belfry";
    fixture->policy.audience = "gateway";
    fixture->claims.subject = strdup("u1");
    fixture->claims.email = strdup("a@b.example");
    fixture->claims.name = strdup("Jérôme \"J\"");
    fixture->claims.role = strdup("admin");
    fixture->claims.session = strdup("abc.7");
    fixture->claims.topics = calloc(2, sizeof(char *));
    fixture->claims.topics[0] = strdup("public:a");
    fixture->claims.topics[1] = strdup("job:*");
    fixture->claims.topic_count = 2;
    assert_int_equal(issue(fixture, -1), 0);
    assert_int_equal(fixture->claims.issued_at, NOW);
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    assert_int_equal(strlen(fixture->claims.id), 22);
    id = strdup(fixture->claims.id);
    assert_int_equal(verify(fixture), TOKEN_OK);
    assert_string_equal(fixture->claims.subject, "u1");
    assert_string_equal(fixture->claims.email, "a@b.example");
    assert_string_equal(fixture->claims.name, "Jérôme \"J\"");
    assert_string_equal(fixture->claims.role, "admin");
    assert_string_equal(fixture->claims.session, "abc.7");
    assert_string_equal(fixture->claims.id, id);
    assert_int_equal(fixture->claims.topic_count, 2);
    assert_string_equal(fixture->claims.topics[1], "job:*");
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    free(id);
}

static void signs_with_the_first_secret(void **state)
{
    struct fixture *fixture = *state;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, -1), 0);
    fixture->secrets.count = 1;
    assert_int_equal(verify(fixture), TOKEN_OK);
    fixture->secrets.count = 2;
}

/* The part of the token as JSON; the caller's. */
static json_t *decode(const char *part)
{
    char octets[1000];
    size_t len;

    assert_true(base64url_decode(part, strcspn(part, "."), octets, &len));
    return json_loadb(octets, len, 0, NULL);
}

static void leaves_out_what_is_not_known(void **state)
{
    struct fixture *fixture = *state;
    json_t *header, *payload;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, -1), 0);
    header = decode(fixture->token.data);
    payload = decode(strchr(fixture->token.data, '.') + 1);
    assert_int_equal(json_object_size(header), 2);
    assert_string_equal(json_string_value(json_object_get(header, "alg")), "HS256");
    assert_string_equal(json_string_value(json_object_get(header, "typ")), "JWT");
    assert_int_equal(json_object_size(payload), 4);
    assert_int_equal(json_integer_value(json_object_get(payload, "iat")), NOW);
    assert_int_equal(json_integer_value(json_object_get(payload, "exp")), NOW + 3600);
    assert_non_null(json_object_get(payload, "jti"));
    json_decref(header);
    json_decref(payload);
}

static void ends_with_the_session_where_that_is_sooner(void **state)
{
    struct fixture *fixture = *state;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, NOW + 60), 0);
    assert_int_equal(fixture->claims.expires_at, NOW + 60);
    assert_int_equal(issue(fixture, NOW + 7200), 0);
    assert_int_equal(fixture->claims.expires_at, NOW + 3600);
    assert_int_equal(issue(fixture, NOW), -1);
    assert_int_equal(issue(fixture, 0), -1);
}

static void makes_a_fresh_id_each_time(void **state)
{
    struct fixture *fixture = *state;
    char *first;

    fixture->claims.subject = strdup("u1");
    assert_int_equal(issue(fixture, -1), 0);
    first = strdup(fixture->claims.id);
    assert_int_equal(issue(fixture, -1), 0);
    assert_string_not_equal(fixture->claims.id, first);
    free(first);
}

static void assert_not_issued(struct fixture *fixture, const char *words)
{
    assert_int_equal(issue(fixture, -1), -1);
    assert_non_null(strstr(fixture->why.text, words));
    assert_int_equal(fixture->token.len, 0);
}

static void issues_nothing_that_it_would_refuse(void **state)
{
    struct fixture *fixture = *state;
    static char text[9000];

    assert_not_issued(fixture, "no user");
    fixture->claims.subject = strdup("");
    assert_not_issued(fixture, "no user");
    free(fixture->claims.subject);
    fixture->claims.subject = strdup("u\n");
    assert_not_issued(fixture, "plain text");
    free(fixture->claims.subject);
    fixture->claims.subject = strdup("u\xff");
    assert_not_issued(fixture, "plain text");
    free(fixture->claims.subject);
    memset(text, 'u', sizeof(text) - 1);
    fixture->claims.subject = strndup(text, 256);
    assert_not_issued(fixture, "255");
    fixture->claims.subject[255] = '\0';
    fixture->claims.name = strdup(text);
    assert_not_issued(fixture, "8192");
    fixture->claims.name[0] = '\xff';
    assert_not_issued(fixture, "UTF-8");
    free(fixture->claims.name);
    fixture->claims.name = NULL;
    assert_int_equal(issue(fixture, -1), 0);
    secrets_release(&fixture->secrets);
    assert_not_issued(fixture, "no secret");
}

static void says_where_there_is_no_room_for_the_token(void **state)
{
    struct fixture *fixture = *state;
    struct buf small;

    buf_init(&small, 100);
    fixture->claims.subject = strdup("u1");
    assert_int_equal(token_issue(&fixture->policy, &fixture->secrets, &fixture->claims, -1, NOW,
                         &small, &fixture->why),
        -1);
    assert_non_null(strstr(fixture->why.text, "room"));
    buf_release(&small);
}

static void hashes_a_session_token(void **state)
{
    char hash[TOKEN_SESSION_HASH_SIZE];

    (void)state;
    /* SHA-256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 … */
    assert_string_equal(token_session_hash("abc", 3, hash), "ungWv48Bz-pBQUDeXa4iIw");
}

static void takes_a_session_apart_in_its_only_spelling(void **state)
{
    static const char *const odd[] = {"", ".1", "ungWv48Bz-pBQUDeXa4iIw", "ungWv48Bz-pBQUDeXa4iIw.",
        "ungWv48Bz-pBQUDeXa4iI.1", "ungWv48Bz-pBQUDeXa4iIx.1", "ungWv48Bz+pBQUDeXa4iIw.1",
        "ungWv48Bz-pBQUDeXa4iIw.01", "ungWv48Bz-pBQUDeXa4iIw.+1", "ungWv48Bz-pBQUDeXa4iIw. 1",
        "ungWv48Bz-pBQUDeXa4iIw.1 ", "ungWv48Bz-pBQUDeXa4iIw.9223372036854775808"};
    struct token_session session;
    char hash[TOKEN_SESSION_HASH_SIZE];

    (void)state;
    assert_true(token_session_parse("ungWv48Bz-pBQUDeXa4iIw.-9223372036854775808", &session));
    assert_true(session.rowid == INT64_MIN);
    assert_true(token_session_parse("ungWv48Bz-pBQUDeXa4iIw.9223372036854775807", &session));
    assert_true(session.rowid == INT64_MAX);
    assert_string_equal(token_session_spell(session.hash, hash), "ungWv48Bz-pBQUDeXa4iIw");
    assert_false(token_session_parse(NULL, &session));
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (token_session_parse(odd[i], &session))
            fail_msg("%s", odd[i]);
}

static void takes_its_policy_from_the_configuration(void **state)
{
    char empty[] = "", audience[] = "gateway";
    struct config config = {
        .token = {.lifetime = 1500, .leeway = 30000, .issuer = empty, .audience = audience}};
    struct token_policy policy = token_policy_from(&config);

    (void)state;
    assert_null(policy.issuer);
    assert_string_equal(policy.audience, "gateway");
    assert_int_equal(policy.lifetime, 1);
    assert_int_equal(policy.leeway, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
        TEST(issues_what_it_verifies),
        TEST(signs_with_the_first_secret),
        TEST(leaves_out_what_is_not_known),
        TEST(ends_with_the_session_where_that_is_sooner),
        TEST(makes_a_fresh_id_each_time),
        TEST(issues_nothing_that_it_would_refuse),
        TEST(says_where_there_is_no_room_for_the_token),
        TEST(hashes_a_session_token),
        TEST(takes_a_session_apart_in_its_only_spelling),
        TEST(takes_its_policy_from_the_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
