/*
 * The verifier, in two ways: the input as a token, and the input as a header and a
 * payload that are then correctly encoded and signed, since a fuzzer cannot guess a
 * signature.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/token.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW 1795375140

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_part(struct buf *token, const void *octets, size_t len)
{
    char *text = malloc(BASE64URL_LENGTH(len) + 1);

    buf_add_text(token, base64url_encode(octets, len, text));
    free(text);
}

static void verify(const char *token, size_t len)
{
    static const struct token_policy policies[] = {
        {.leeway = 30},
        {.issuer = "iss", .audience = "aud", .leeway = 30},
    };
    struct secrets secrets = {.count = 0};
    struct token_claims claims;
    struct reason why;

    secrets_add(&secrets, SECRET, strlen(SECRET), false, NULL);
    for (size_t i = 0; i < 2; i++) {
        enum token_verdict verdict =
            token_verify(&policies[i], &secrets, token, len, NOW, &claims, &why);
        if (verdict == TOKEN_OK &&
            (!claims.subject || !*claims.subject || claims.expires_at + policies[i].leeway <= NOW))
            abort();
        token_claims_release(&claims);
    }
    secrets_release(&secrets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    size_t header = newline ? (size_t)(newline - data) : 0;
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = 0;
    struct buf token;

    verify((const char *)data, size);
    if (!newline)
        return 0;
    buf_init(&token, 1048576);
    add_part(&token, data, header);
    buf_add_char(&token, '.');
    add_part(&token, newline + 1, size - header - 1);
    HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), (unsigned char *)token.data, token.len, mac,
        &mac_len);
    buf_add_char(&token, '.');
    add_part(&token, mac, mac_len);
    verify(token.data, token.len);
    buf_release(&token);
    return 0;
}
