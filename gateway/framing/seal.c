#include "gateway/framing/seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/memory.h"

#define KEY_SIZE 32
#define NUMBER_SIZE 4
#define TAG_SIZE (SEAL_MARK_SIZE - NUMBER_SIZE)
#define NAME_BITS_SIZE 16

/* The first byte of signed data is its purpose, so that no mark can pass for a name. */
enum purpose { PURPOSE_MARK = 'm', PURPOSE_NAME = 'n' };

/* Kept, since making a context costs several times as much as a tag. */
struct seal {
    EVP_MAC_CTX *mac;
};

struct seal *seal_new(void)
{
    struct seal *seal = mem_zalloc(sizeof(*seal));
    unsigned char key[KEY_SIZE];

    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    seal->mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    random_octets(key, sizeof(key));
    if (!seal->mac || !EVP_MAC_init(seal->mac, key, sizeof(key), parameters))
        abort();
    mem_wipe(key, sizeof(key));
    EVP_MAC_free(hmac);
    return seal;
}

void seal_free(struct seal *seal)
{
    if (seal)
        EVP_MAC_CTX_free(seal->mac);
    free(seal);
}

static void sign(struct seal *seal, enum purpose purpose, uint64_t session, uint32_t mark,
    unsigned char digest[EVP_MAX_MD_SIZE])
{
    unsigned char text[1 + sizeof(session) + sizeof(mark)] = {(unsigned char)purpose};
    size_t len;

    memcpy(text + 1, &session, sizeof(session));
    memcpy(text + 1 + sizeof(session), &mark, sizeof(mark));
    if (!EVP_MAC_init(seal->mac, NULL, 0, NULL) || !EVP_MAC_update(seal->mac, text, sizeof(text)) ||
        !EVP_MAC_final(seal->mac, digest, &len, EVP_MAX_MD_SIZE))
        abort();
}

void seal_mark(
    struct seal *seal, uint64_t session, uint32_t mark, unsigned char out[SEAL_MARK_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    for (int i = 0; i < NUMBER_SIZE; i++)
        out[i] = (unsigned char)(mark >> (8 * (NUMBER_SIZE - 1 - i)));
    sign(seal, PURPOSE_MARK, session, mark, digest);
    memcpy(out + NUMBER_SIZE, digest, TAG_SIZE);
}

bool seal_open_mark(
    struct seal *seal, uint64_t session, const void *bytes, size_t len, uint32_t *mark)
{
    const unsigned char *sealed = bytes;
    unsigned char digest[EVP_MAX_MD_SIZE];
    uint32_t number = 0;

    if (len != SEAL_MARK_SIZE)
        return false;
    for (int i = 0; i < NUMBER_SIZE; i++)
        number = number << 8 | sealed[i];
    sign(seal, PURPOSE_MARK, session, number, digest);
    *mark = number;
    return CRYPTO_memcmp(digest, sealed + NUMBER_SIZE, TAG_SIZE) == 0;
}

char *seal_name(struct seal *seal, uint64_t session, char out[RANDOM_NAME_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    sign(seal, PURPOSE_NAME, session, 0, digest);
    return base64url_encode(digest, NAME_BITS_SIZE, out);
}
