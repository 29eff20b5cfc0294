#include "auth-fcgi/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "common/base64url.h"
#include "common/token.h"

#define SIGNATURE_MAX 64

static bool signature_fits(
    const struct secret *secret, const char *token, size_t len, const char *signature, bool padded)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char expected[SIGNATURE_MAX];
    unsigned size = 0;

    HMAC(EVP_sha256(), secret->octets, (int)secret->len, (const unsigned char *)token, len, digest,
        &size);
    EVP_EncodeBlock((unsigned char *)expected, digest, (int)size);
    size_t signature_len = padded ? strlen(expected) : strcspn(expected, "=");
    return strlen(signature) == signature_len &&
           CRYPTO_memcmp(signature, expected, signature_len) == 0;
}

/* Whether it is what the signature of a token covers: a JSON object in base64url, a dot, and the
 * payload. */
static bool is_signed_part_of_token(const char *text, size_t len)
{
    char header[BASE64URL_OCTETS(TOKEN_MAX_OCTETS)];
    size_t bytes = 0;
    const char *dot = memchr(text, '.', len);
    size_t header_len = dot ? (size_t)(dot - text) : 0;

    if (header_len == 0 || header_len > TOKEN_MAX_OCTETS ||
        !base64url_decode(text, header_len, header, &bytes))
        return false;
    for (size_t i = 0; i < bytes; i++)
        if (!strchr(" \t\r\n", header[i]))
            return header[i] == '{';
    return false;
}

long signature_check(
    const char *value, const struct secrets *secrets, bool padded, struct reason *why)
{
    char described[256];
    const char *dot = strrchr(value, '.');
    size_t len = dot ? (size_t)(dot - value) : 0;

    if (len == 0)
        return reason_set(why, "it has no signature");
    if (is_signed_part_of_token(value, len))
        return reason_set(why, "it is a token of Belfry, not a session cookie");
    for (size_t i = 0; i < secrets->count; i++)
        if (signature_fits(&secrets->items[i], value, len, dot + 1, padded))
            return (long)len;
    return reason_set(why,
        "its signature was made with none of %s: is the application's secret among them?",
        secrets_describe(secrets, described, sizeof(described)));
}
