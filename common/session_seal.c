#include "common/session_seal.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/memory.h"
#include "common/token_session.h"

#define INFO "Belfry: session token in belfry_sid"
#define KEY_OCTETS 32
#define NONCE_OCTETS 12
#define TAG_OCTETS 16
#define SEALED_MAX (SESSION_SEAL_MAX + TAG_OCTETS)

static bool derive_key(const struct secret *secret, unsigned char key[KEY_OCTETS])
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret->octets, secret->len),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)INFO, strlen(INFO)),
        OSSL_PARAM_construct_end(),
    };
    bool is_derived = context && EVP_KDF_derive(context, key, KEY_OCTETS, params) == 1;

    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return is_derived;
}

/* Encrypts or decrypts `len` bytes from `in` to `out`. The tag is written, or checked. */
static bool crypt_text(const struct secret *secret, const unsigned char hash[TOKEN_SESSION_OCTETS],
    bool encrypts, const unsigned char *in, size_t len, unsigned char *out,
    unsigned char tag[TAG_OCTETS])
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char key[KEY_OCTETS];
    int done, rest;
    bool is_good = context && derive_key(secret, key) &&
                   EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, hash, encrypts) == 1;

    if (is_good && !encrypts)
        is_good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_OCTETS, tag) == 1;
    is_good = is_good && EVP_CipherUpdate(context, out, &done, in, (int)len) == 1 &&
              EVP_CipherFinal_ex(context, out + done, &rest) == 1;
    if (is_good && encrypts)
        is_good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_OCTETS, tag) == 1;
    mem_wipe(key, sizeof(key));
    EVP_CIPHER_CTX_free(context);
    return is_good;
}

char *session_seal(const struct secret *secret, const char *session_token)
{
    unsigned char hash[TOKEN_SESSION_OCTETS], sealed[SEALED_MAX];
    size_t len = strlen(session_token);
    char *sid = NULL;

    if (len == 0 || len > SESSION_SEAL_MAX)
        return NULL;
    token_session_digest(session_token, len, hash);
    if (crypt_text(
            secret, hash, true, (const unsigned char *)session_token, len, sealed, sealed + len)) {
        sid = mem_alloc(TOKEN_SESSION_HASH_SIZE + BASE64URL_LENGTH(len + TAG_OCTETS) + 1);
        token_session_spell(hash, sid);
        sid[TOKEN_SESSION_HASH_SIZE - 1] = '.';
        base64url_encode(sealed, len + TAG_OCTETS, sid + TOKEN_SESSION_HASH_SIZE);
    }
    return sid;
}

/* Whether the text behind the hash can be a sealed token; then its bytes. */
static bool read_sealed(const char *text, unsigned char sealed[SEALED_MAX], size_t *octets)
{
    size_t len = strlen(text);

    return BASE64URL_OCTETS(len) <= SEALED_MAX && base64url_decode(text, len, sealed, octets) &&
           *octets > TAG_OCTETS;
}

/* The nonce is only a part of the hash. */
static bool is_of_hash(const char *text, size_t len, const unsigned char hash[TOKEN_SESSION_OCTETS])
{
    unsigned char own[TOKEN_SESSION_OCTETS];

    token_session_digest(text, len, own);
    return strlen(text) == len && memcmp(own, hash, sizeof(own)) == 0;
}

char *session_unseal(const struct secret *secret, const char *sid)
{
    unsigned char hash[TOKEN_SESSION_OCTETS], sealed[SEALED_MAX];
    size_t octets, len;
    char *text;

    if (!token_session_read_hash(sid, hash) ||
        !read_sealed(sid + TOKEN_SESSION_HASH_SIZE, sealed, &octets))
        return NULL;
    len = octets - TAG_OCTETS;
    text = mem_zalloc(len + 1);
    if (crypt_text(secret, hash, false, sealed, len, (unsigned char *)text, sealed + len) &&
        is_of_hash(text, len, hash))
        return text;
    free(text);
    return NULL;
}
