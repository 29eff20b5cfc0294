#include "auth-fcgi/cookie_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/buf.h"
#include "common/memory.h"

#define INFO_MAX 512
#define JWK_MAX 256

enum jwe_encryption cookie_scheme_encryption(enum cookie_scheme scheme)
{
    return scheme == COOKIE_AUTHJS_CBC ? JWE_A256CBC_HS512 : JWE_A256GCM;
}

static int hkdf(const struct secret *secret, const char *salt, const char *info, unsigned char *out,
    size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret->octets, secret->len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)salt, strlen(salt)),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)info, strlen(info)),
        OSSL_PARAM_construct_end(),
    };
    int result = context && EVP_KDF_derive(context, out, size, params) == 1 ? 0 : -1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return result;
}

/* The members of the JWK stand in the order of RFC 7638, section 3; the digest is as long as the
 * key. */
static void key_name(char kid[COOKIE_KID_SIZE], const unsigned char *bytes, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char text[COOKIE_KID_SIZE];
    struct buf jwk;

    buf_init(&jwk, JWK_MAX);
    buf_addf(&jwk, "{\"k\":\"%s\",\"kty\":\"oct\"}", base64url_encode(bytes, size, text));
    EVP_Digest(jwk.data, jwk.len, digest, &len, size == 64 ? EVP_sha512() : EVP_sha256(), NULL);
    base64url_encode(digest, len, kid);
    mem_wipe(text, sizeof(text));
    buf_wipe(&jwk);
}

struct cookie_key *cookie_key_derive(
    const struct secret *secret, enum cookie_scheme scheme, const char *cookie, struct reason *why)
{
    enum jwe_encryption encryption = cookie_scheme_encryption(scheme);
    size_t size = jwe_key_size(encryption);
    unsigned char bytes[JWE_KEY_MAX];
    struct cookie_key *key = mem_zalloc(sizeof(*key));
    struct buf info;

    buf_init(&info, INFO_MAX);
    if (scheme == COOKIE_NEXTAUTH)
        buf_add_text(&info, "NextAuth.js Generated Encryption Key");
    else
        buf_addf(&info, "Auth.js Generated Encryption Key (%s)", cookie);
    const char *salt = scheme == COOKIE_NEXTAUTH ? "" : cookie;
    if (!info.overflowed && hkdf(secret, salt, info.data, bytes, size) == 0) {
        key->key = jwe_key_new(encryption, bytes);
        key_name(key->kid, bytes, size);
    }
    buf_release(&info);
    mem_wipe(bytes, sizeof(bytes));
    if (key->key)
        return key;
    cookie_key_free(key);
    reason_set(why, "the key of the cookie %s cannot be derived", cookie);
    return NULL;
}

void cookie_key_free(struct cookie_key *key)
{
    if (!key)
        return;
    jwe_key_free(key->key);
    free(key);
}
