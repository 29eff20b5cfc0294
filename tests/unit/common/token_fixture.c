#include "tests/unit/common/token_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"

int fixture_set_up(void **state)
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

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;

    token_claims_release(&fixture->claims);
    secrets_release(&fixture->secrets);
    buf_release(&fixture->token);
    free(fixture);
    return 0;
}

void add_base64url(struct buf *out, const void *octets, size_t len)
{
    char *text = malloc(BASE64URL_LENGTH(len) + 1);

    buf_add_text(out, base64url_encode(octets, len, text));
    free(text);
}

void add_signature(struct buf *token, const EVP_MD *digest, const char *secret)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    HMAC(digest, secret, (int)strlen(secret), (unsigned char *)token->data, token->len, mac, &len);
    buf_add_char(token, '.');
    add_base64url(token, mac, len);
}

void forge_octets(
    struct fixture *fixture, const char *header, const char *payload, size_t payload_len)
{
    buf_clear(&fixture->token);
    add_base64url(&fixture->token, header, strlen(header));
    buf_add_char(&fixture->token, '.');
    add_base64url(&fixture->token, payload, payload_len);
    add_signature(&fixture->token, EVP_sha256(), SECRET);
}

void forge(struct fixture *fixture, const char *header, const char *payload)
{
    forge_octets(fixture, header, payload, strlen(payload));
}

enum token_verdict verify_text(struct fixture *fixture, const char *token, size_t len)
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

enum token_verdict verify(struct fixture *fixture)
{
    return verify_text(fixture, fixture->token.data, fixture->token.len);
}

void assert_payload(
    struct fixture *fixture, const char *payload, enum token_verdict expected, const char *words)
{
    forge(fixture, GOOD_HEADER, payload);
    if (verify(fixture) != expected)
        fail_msg("%s: %s", payload, fixture->why.text);
    if (words && !strstr(fixture->why.text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", payload, fixture->why.text, words);
}

void assert_header(
    struct fixture *fixture, const char *header, enum token_verdict expected, const char *words)
{
    forge(fixture, header, GOOD_PAYLOAD);
    if (verify(fixture) != expected)
        fail_msg("%s: %s", header, fixture->why.text);
    if (words && !strstr(fixture->why.text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", header, fixture->why.text, words);
}
