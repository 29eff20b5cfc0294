/*
 * Encrypted session cookies, in two ways: the input as the cookie, and the input
 * as a header and claims that are then correctly encrypted, since a fuzzer cannot
 * guess an authentication tag.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "auth-fcgi/cookie_claims.h"
#include "auth-fcgi/jwe.h"
#include "common/base64url.h"

#define NOW 1795375140
#define TAG_SIZE 16
#define IV_SIZE 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const unsigned char key[JWE_KEY_MAX] = "a key that is known to all";

static void open_cookie(const char *text, size_t len)
{
    struct jwe_header header = {0};
    struct jwe_key *opener = NULL;
    struct jwe jwe;
    struct buf plain;
    struct reason why;
    struct session session;

    session_init(&session);
    buf_init(&plain, JWE_MAX_BYTES);
    if (jwe_parse(&jwe, &header, text, len, &why) == 0)
        opener = jwe_key_new(header.encryption, key);
    if (opener && jwe_decrypt(&jwe, opener, &plain, &why) == 0 &&
        cookie_claims_read(plain.data, plain.len, NOW, &session, &why) == 0 &&
        session.ends_at != SESSION_ENDLESS && session.ends_at <= NOW)
        abort();
    jwe_key_free(opener);
    jwe_header_release(&header);
    buf_release(&plain);
    session_release(&session);
}

static void add_part(struct buf *cookie, const void *octets, size_t len)
{
    char *text = malloc(BASE64URL_LENGTH(len) + 1);

    buf_add_text(cookie, base64url_encode(octets, len, text));
    free(text);
}

/* A256GCM with a fixed iv: there is no secret to keep here. */
static void seal(struct buf *cookie, const uint8_t *claims, size_t len)
{
    static const unsigned char iv[IV_SIZE];
    unsigned char tag[TAG_SIZE];
    unsigned char *sealed = malloc(len + TAG_SIZE);
    int done = 0;

    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, iv);
    EVP_EncryptUpdate(cipher, NULL, &done, (const unsigned char *)cookie->data, (int)cookie->len);
    EVP_EncryptUpdate(cipher, sealed, &done, claims, (int)len);
    EVP_EncryptFinal_ex(cipher, sealed + done, &done);
    EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag);
    EVP_CIPHER_CTX_free(cipher);
    buf_add_text(cookie, "..");
    add_part(cookie, iv, sizeof(iv));
    buf_add_char(cookie, '.');
    add_part(cookie, sealed, len);
    buf_add_char(cookie, '.');
    add_part(cookie, tag, sizeof(tag));
    free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = memchr(data, '\n', size);
    struct buf cookie;

    open_cookie((const char *)data, size);
    if (!newline)
        return 0;
    size_t header = (size_t)(newline - data);
    buf_init(&cookie, 1048576);
    if (header > 0)
        add_part(&cookie, data, header);
    else
        buf_add_text(&cookie, "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0");
    seal(&cookie, newline + 1, size - header - 1);
    open_cookie(cookie.data, cookie.len);
    buf_release(&cookie);
    return 0;
}
