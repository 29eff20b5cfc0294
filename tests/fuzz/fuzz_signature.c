/*
 * The input as a text that an attacker lets an application sign in a cookie: if it
 * is accepted as a session cookie, it is never a valid token of the same secret.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/signature.h"
#include "common/base64url.h"
#include "common/buf.h"
#include "common/token.h"

#define SECRET "a-secret-for-tests-of-more-than-32-octets"
#define NOW 1795375140

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "<text>.<signature>", with the signature encoded as by Express, and as in a token. */
static void sign(const char *text, struct buf *cookie, struct buf *token)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char base64[64];
    char url[64];
    unsigned len = 0;

    HMAC(EVP_sha256(), SECRET, (int)strlen(SECRET), (const unsigned char *)text, strlen(text),
        digest, &len);
    EVP_EncodeBlock((unsigned char *)base64, digest, (int)len);
    base64[strcspn(base64, "=")] = '\0';
    buf_addf(cookie, "%s.%s", text, base64);
    buf_addf(token, "%s.%s", text, base64url_encode(digest, len, url));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct token_policy policy = {.lifetime = 3600, .leeway = 30};
    struct secrets secrets = {.count = 0};
    struct token_claims claims;
    struct buf cookie, token;
    struct reason why;
    char *text = malloc(size + 1);

    memcpy(text, data, size);
    text[size] = '\0';
    buf_init(&cookie, size + 128);
    buf_init(&token, size + 128);
    secrets_add(&secrets, SECRET, strlen(SECRET), false, NULL);
    sign(text, &cookie, &token);
    bool is_cookie = signature_check(cookie.data, &secrets, false, &why) >= 0;
    bool is_token =
        token_verify(&policy, &secrets, token.data, token.len, NOW, &claims, &why) == TOKEN_OK;
    token_claims_release(&claims);
    if (is_cookie && is_token)
        abort();
    secrets_release(&secrets);
    buf_release(&cookie);
    buf_release(&token);
    free(text);
    return 0;
}
