#include "auth-fcgi/jwe.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base64url.h"
#include "common/json.h"
#include "common/memory.h"

#define HEADER_MAX 1024
#define PARTS 5
#define TAG_MAX 32
#define IV_MAX 16
#define BLOCK 16

struct encryption {
    const char *name;
    size_t key_size;
    size_t iv_size;
    size_t tag_size;
};

static const struct encryption encryptions[] = {
    [JWE_A256CBC_HS512] = {"A256CBC-HS512", 64, 16, 32},
    [JWE_A256GCM] = {"A256GCM", 32, 12, 16},
};

#define ENCRYPTIONS (sizeof(encryptions) / sizeof(encryptions[0]))

size_t jwe_key_size(enum jwe_encryption encryption)
{
    return encryptions[encryption].key_size;
}

bool jwe_looks_like_one(const char *text)
{
    int dots = 0;
    bool like_json = strncmp(text, "eyJ", 3) == 0;

    for (; *text; text++)
        dots += *text == '.';
    return dots == PARTS - 1 || (like_json && dots > 0);
}

static int part_decode(const struct jwe_part *part, struct buf *out)
{
    size_t bytes = 0;
    unsigned char *decoded = mem_alloc(BASE64URL_OCTETS(part->len) + 1);
    bool canonical = base64url_decode(part->text, part->len, decoded, &bytes);

    if (canonical)
        buf_add(out, decoded, bytes);
    free(decoded);
    return canonical && !out->overflowed ? 0 : -1;
}

static int parts_split(const char *text, size_t len, struct jwe_part parts[PARTS])
{
    const char *end = text + len;

    for (int i = 0; i < PARTS; i++) {
        const char *dot = memchr(text, '.', (size_t)(end - text));
        if (!dot != (i == PARTS - 1))
            return -1;
        const char *stop = dot ? dot : end;
        parts[i] = (struct jwe_part){text, (size_t)(stop - text)};
        text = dot ? dot + 1 : end;
    }
    return 0;
}

static int encryption_choose(struct jwe *jwe, const char *name, struct reason *why)
{
    for (size_t i = 0; name && i < ENCRYPTIONS; i++)
        if (strcmp(encryptions[i].name, name) == 0) {
            jwe->encryption = (enum jwe_encryption)i;
            return 0;
        }
    return reason_set(
        why, "its encryption \"%s\" is neither A256CBC-HS512 nor A256GCM", name ? name : "none");
}

static int header_judge(struct jwe *jwe, const json_t *header, struct reason *why)
{
    static const char *const refused[] = {"zip", "crit", "b64"};
    const char *algorithm = json_text(header, "alg");
    const json_t *kid = json_object_get(header, "kid");

    if (!json_is_object(header))
        return reason_set(why, "its header is not an object");
    if (!algorithm || strcmp(algorithm, "dir") != 0)
        return reason_set(why, "its algorithm is not \"dir\"");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (json_object_get(header, refused[i]))
            return reason_set(why, "its header has \"%s\", which is not accepted", refused[i]);
    if (kid && !json_text(header, "kid"))
        return reason_set(why, "its \"kid\" is not a string");
    jwe->kid = mem_strdup_or_null(json_text(header, "kid"));
    return encryption_choose(jwe, json_text(header, "enc"), why);
}

static int header_read(struct jwe *jwe, struct reason *why)
{
    struct buf text;

    buf_init(&text, HEADER_MAX);
    int result = part_decode(&jwe->header, &text);
    if (result < 0) {
        reason_set(why, "its header is not base64url, or longer than %d bytes", HEADER_MAX);
    } else {
        json_t *header = json_read(text.data, text.len, why);

        result = header ? header_judge(jwe, header, why) : reason_prefix(why, "its header: ");
        json_decref(header);
    }
    buf_release(&text);
    return result;
}

int jwe_parse(struct jwe *jwe, const char *text, size_t len, struct reason *why)
{
    struct jwe_part parts[PARTS];

    *jwe = (struct jwe){0};
    if (len > JWE_MAX_BYTES)
        return reason_set(why, "it is longer than %d bytes", JWE_MAX_BYTES);
    if (parts_split(text, len, parts) < 0)
        return reason_set(why, "it is not a JWE: that has five parts with dots between them");
    if (parts[1].len > 0)
        return reason_set(why, "it contains an encrypted key, which \"dir\" does not have");
    jwe->header = parts[0];
    jwe->iv = parts[2];
    jwe->ciphertext = parts[3];
    jwe->tag = parts[4];
    return header_read(jwe, why);
}

void jwe_release(struct jwe *jwe)
{
    free(jwe->kid);
    jwe->kid = NULL;
}

/* The tag of A256CBC-HS512 (RFC 7518, section 5.2.2.1): the first half of HMAC-SHA-512, with the
 * first half of the key, over the header, iv, ciphertext, and the header's length in bits. */
static void cbc_tag(const struct jwe *jwe, const unsigned char *key, const struct buf *iv,
    const struct buf *ciphertext, unsigned char tag[EVP_MAX_MD_SIZE])
{
    struct buf input;
    uint64_t bits = (uint64_t)jwe->header.len * 8;

    buf_init(&input, jwe->header.len + iv->len + ciphertext->len + sizeof(bits));
    buf_add(&input, jwe->header.text, jwe->header.len);
    buf_add(&input, iv->data, iv->len);
    buf_add(&input, ciphertext->data, ciphertext->len);
    for (int shift = 56; shift >= 0; shift -= 8)
        buf_add_char(&input, (char)(bits >> shift & 0xff));
    HMAC(EVP_sha512(), key, 32, (unsigned char *)input.data, input.len, tag, NULL);
    buf_release(&input);
}

static int cbc_decrypt(EVP_CIPHER_CTX *cipher, const unsigned char *key, const struct buf *iv,
    const struct buf *ciphertext, unsigned char *plain, int *len)
{
    int last = 0;

    if (!EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), NULL, key + 32, (unsigned char *)iv->data) ||
        !EVP_DecryptUpdate(
            cipher, plain, len, (unsigned char *)ciphertext->data, (int)ciphertext->len) ||
        !EVP_DecryptFinal_ex(cipher, plain + *len, &last))
        return -1;
    *len += last;
    return 0;
}

static int gcm_decrypt(EVP_CIPHER_CTX *cipher, const struct jwe *jwe, const unsigned char *key,
    const struct buf *iv, const struct buf *ciphertext, const struct buf *tag, unsigned char *plain,
    int *len)
{
    int ignored = 0;
    int last = 0;

    if (!EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key, (unsigned char *)iv->data) ||
        !EVP_DecryptUpdate(cipher, NULL, &ignored, (const unsigned char *)jwe->header.text,
            (int)jwe->header.len) ||
        !EVP_DecryptUpdate(
            cipher, plain, len, (unsigned char *)ciphertext->data, (int)ciphertext->len) ||
        !EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, (int)tag->len, tag->data) ||
        !EVP_DecryptFinal_ex(cipher, plain + *len, &last))
        return -1;
    *len += last;
    return 0;
}

static int ciphertext_open(const struct jwe *jwe, const unsigned char *key, const struct buf *iv,
    const struct buf *ciphertext, const struct buf *tag, struct buf *plain)
{
    unsigned char expected[EVP_MAX_MD_SIZE];
    int len = 0;
    int result = -1;
    unsigned char *out = mem_alloc(ciphertext->len + BLOCK);

    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    if (jwe->encryption == JWE_A256GCM) {
        result = gcm_decrypt(cipher, jwe, key, iv, ciphertext, tag, out, &len);
    } else {
        cbc_tag(jwe, key, iv, ciphertext, expected);
        if (CRYPTO_memcmp(expected, tag->data, tag->len) == 0)
            result = cbc_decrypt(cipher, key, iv, ciphertext, out, &len);
    }
    if (result == 0)
        buf_add(plain, out, (size_t)len);
    EVP_CIPHER_CTX_free(cipher);
    mem_wipe(out, ciphertext->len + BLOCK);
    free(out);
    return result;
}

int jwe_decrypt(
    const struct jwe *jwe, const unsigned char *key, struct buf *plain, struct reason *why)
{
    const struct encryption *encryption = &encryptions[jwe->encryption];
    struct buf iv, ciphertext, tag;

    buf_init(&iv, IV_MAX);
    buf_init(&ciphertext, JWE_MAX_BYTES);
    buf_init(&tag, TAG_MAX);
    int result = -1;
    if (part_decode(&jwe->iv, &iv) < 0 || part_decode(&jwe->ciphertext, &ciphertext) < 0 ||
        part_decode(&jwe->tag, &tag) < 0)
        reason_set(why, "one of its parts is not base64url");
    else if (iv.len != encryption->iv_size || tag.len != encryption->tag_size)
        reason_set(why, "its iv or tag does not have the size that %s needs", encryption->name);
    else if (ciphertext_open(jwe, key, &iv, &ciphertext, &tag, plain) < 0)
        reason_set(why, "it was not encrypted with this key, or was changed afterwards");
    else
        result = 0;
    buf_release(&iv);
    buf_release(&ciphertext);
    buf_release(&tag);
    return result;
}
