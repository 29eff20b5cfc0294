#include "auth-fcgi/jwe.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
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
    const char *cipher; /* OpenSSL's name */
    size_t key_size;
    size_t iv_size;
    size_t tag_size;
};

static const struct encryption encryptions[] = {
    [JWE_A256CBC_HS512] = {"A256CBC-HS512", "AES-256-CBC", 64, 16, 32},
    [JWE_A256GCM] = {"A256GCM", "AES-256-GCM", 32, 12, 16},
};

struct jwe_key {
    unsigned char bytes[JWE_KEY_MAX];
    EVP_CIPHER *algorithm;
    EVP_CIPHER_CTX *cipher;
    EVP_MAC_CTX *mac; /* NULL for A256GCM */
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

/* Returns 0, or -1 where it is not base64url, or longer than `size` bytes. */
static int part_decode(const struct jwe_part *part, unsigned char *out, size_t size, size_t *len)
{
    bool fits = BASE64URL_OCTETS(part->len) <= size;

    return fits && base64url_decode(part->text, part->len, out, len) ? 0 : -1;
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

static int encryption_choose(struct jwe_header *header, const char *name, struct reason *why)
{
    for (size_t i = 0; name && i < ENCRYPTIONS; i++)
        if (strcmp(encryptions[i].name, name) == 0) {
            header->encryption = (enum jwe_encryption)i;
            return 0;
        }
    return reason_set(
        why, "its encryption \"%s\" is neither A256CBC-HS512 nor A256GCM", name ? name : "none");
}

static int header_judge(struct jwe_header *header, const json_t *members, struct reason *why)
{
    static const char *const refused[] = {"zip", "crit", "b64"};
    const char *algorithm = json_text(members, "alg");
    const json_t *kid = json_object_get(members, "kid");

    if (!json_is_object(members))
        return reason_set(why, "its header is not an object");
    if (!algorithm || strcmp(algorithm, "dir") != 0)
        return reason_set(why, "its algorithm is not \"dir\"");
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (json_object_get(members, refused[i]))
            return reason_set(why, "its header has \"%s\", which is not accepted", refused[i]);
    if (kid && !json_text(members, "kid"))
        return reason_set(why, "its \"kid\" is not a string");
    header->kid = mem_strdup_or_null(json_text(members, "kid"));
    return encryption_choose(header, json_text(members, "enc"), why);
}

static int header_read(struct jwe_header *header, const struct jwe_part *part, struct reason *why)
{
    unsigned char text[HEADER_MAX];
    size_t len;

    if (part_decode(part, text, sizeof(text), &len) < 0)
        return reason_set(why, "its header is not base64url, or longer than %d bytes", HEADER_MAX);
    json_t *members = json_read((const char *)text, len, why);
    if (!members)
        return reason_prefix(why, "its header: ");
    int result = header_judge(header, members, why);
    json_decref(members);
    return result;
}

/* Makes sure that `header` is what the part says. */
static int header_follow(struct jwe_header *header, const struct jwe_part *part, struct reason *why)
{
    if (header->text && strlen(header->text) == part->len &&
        memcmp(header->text, part->text, part->len) == 0)
        return 0;
    jwe_header_release(header);
    if (header_read(header, part, why) < 0) {
        jwe_header_release(header);
        return -1;
    }
    header->text = mem_strndup(part->text, part->len);
    return 0;
}

int jwe_parse(
    struct jwe *jwe, struct jwe_header *header, const char *text, size_t len, struct reason *why)
{
    struct jwe_part parts[PARTS];

    if (len > JWE_MAX_BYTES)
        return reason_set(why, "it is longer than %d bytes", JWE_MAX_BYTES);
    if (parts_split(text, len, parts) < 0)
        return reason_set(why, "it is not a JWE: that has five parts with dots between them");
    if (parts[1].len > 0)
        return reason_set(why, "it contains an encrypted key, which \"dir\" does not have");
    *jwe = (struct jwe){header, parts[0], parts[2], parts[3], parts[4]};
    return header_follow(header, &parts[0], why);
}

void jwe_header_release(struct jwe_header *header)
{
    free(header->text);
    free(header->kid);
    *header = (struct jwe_header){0};
}

void jwe_key_free(struct jwe_key *key)
{
    if (!key)
        return;
    EVP_MAC_CTX_free(key->mac);
    EVP_CIPHER_CTX_free(key->cipher);
    EVP_CIPHER_free(key->algorithm);
    mem_wipe(key, sizeof(*key));
    free(key);
}

/* HMAC-SHA-512, not keyed yet. */
static EVP_MAC_CTX *mac_make(void)
{
    OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA512", 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

    EVP_MAC_free(hmac);
    if (mac && EVP_MAC_CTX_set_params(mac, digest))
        return mac;
    EVP_MAC_CTX_free(mac);
    return NULL;
}

struct jwe_key *jwe_key_new(enum jwe_encryption encryption, const unsigned char *bytes)
{
    struct jwe_key *key = mem_zalloc(sizeof(*key));

    memcpy(key->bytes, bytes, jwe_key_size(encryption));
    key->algorithm = EVP_CIPHER_fetch(NULL, encryptions[encryption].cipher, NULL);
    key->cipher = EVP_CIPHER_CTX_new();
    if (encryption == JWE_A256CBC_HS512)
        key->mac = mac_make();
    if (key->algorithm && key->cipher && (key->mac || encryption != JWE_A256CBC_HS512))
        return key;
    jwe_key_free(key);
    return NULL;
}

/* What was decoded. */
struct contents {
    unsigned char iv[IV_MAX], tag[TAG_MAX];
    size_t iv_len, tag_len;
    unsigned char *text; /* the ciphertext, then the plaintext in the same place */
    size_t text_len;
};

/* The tag of A256CBC-HS512 (RFC 7518, section 5.2.2.1): the first half of HMAC-SHA-512, with the
 * first half of the key, over the header, iv, ciphertext, and the header's length in bits. */
static int cbc_tag(const struct jwe *jwe, struct jwe_key *key, const struct contents *contents,
    unsigned char tag[EVP_MAX_MD_SIZE])
{
    uint64_t bits = (uint64_t)jwe->header_text.len * 8;
    unsigned char length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    bool made = EVP_MAC_init(key->mac, key->bytes, 32, NULL) &&
                EVP_MAC_update(
                    key->mac, (const unsigned char *)jwe->header_text.text, jwe->header_text.len) &&
                EVP_MAC_update(key->mac, contents->iv, contents->iv_len) &&
                EVP_MAC_update(key->mac, contents->text, contents->text_len) &&
                EVP_MAC_update(key->mac, length, sizeof(length)) &&
                EVP_MAC_final(key->mac, tag, NULL, EVP_MAX_MD_SIZE);
    return made ? 0 : -1;
}

/* Checks the tag and decrypts the text in its place. Returns 0 and its new length, or -1. */
typedef int contents_open(
    const struct jwe *jwe, struct jwe_key *key, struct contents *contents, int *len);

static int cbc_open(const struct jwe *jwe, struct jwe_key *key, struct contents *contents, int *len)
{
    unsigned char expected[EVP_MAX_MD_SIZE];
    unsigned char *text = contents->text;
    int last = 0;

    if (cbc_tag(jwe, key, contents, expected) < 0 ||
        CRYPTO_memcmp(expected, contents->tag, contents->tag_len) != 0)
        return -1;
    if (!EVP_DecryptInit_ex(key->cipher, key->algorithm, NULL, key->bytes + 32, contents->iv) ||
        !EVP_DecryptUpdate(key->cipher, text, len, text, (int)contents->text_len) ||
        !EVP_DecryptFinal_ex(key->cipher, text + *len, &last))
        return -1;
    *len += last;
    return 0;
}

static int gcm_open(const struct jwe *jwe, struct jwe_key *key, struct contents *contents, int *len)
{
    unsigned char *text = contents->text;
    int ignored = 0;
    int last = 0;

    if (!EVP_DecryptInit_ex(key->cipher, key->algorithm, NULL, key->bytes, contents->iv) ||
        !EVP_DecryptUpdate(key->cipher, NULL, &ignored,
            (const unsigned char *)jwe->header_text.text, (int)jwe->header_text.len) ||
        !EVP_DecryptUpdate(key->cipher, text, len, text, (int)contents->text_len) ||
        !EVP_CIPHER_CTX_ctrl(
            key->cipher, EVP_CTRL_GCM_SET_TAG, (int)contents->tag_len, contents->tag) ||
        !EVP_DecryptFinal_ex(key->cipher, text + *len, &last))
        return -1;
    *len += last;
    return 0;
}

static int contents_decode(const struct jwe *jwe, struct contents *contents, struct reason *why)
{
    const struct encryption *encryption = &encryptions[jwe->header->encryption];
    size_t size = BASE64URL_OCTETS(jwe->ciphertext.len);

    contents->text = mem_alloc(size + BLOCK);
    if (part_decode(&jwe->ciphertext, contents->text, size, &contents->text_len) < 0 ||
        part_decode(&jwe->iv, contents->iv, IV_MAX, &contents->iv_len) < 0 ||
        part_decode(&jwe->tag, contents->tag, TAG_MAX, &contents->tag_len) < 0)
        return reason_set(why, "one of its parts is not base64url");
    if (contents->iv_len != encryption->iv_size || contents->tag_len != encryption->tag_size)
        return reason_set(
            why, "its iv or tag does not have the size that %s needs", encryption->name);
    return 0;
}

int jwe_decrypt(const struct jwe *jwe, struct jwe_key *key, struct buf *plain, struct reason *why)
{
    struct contents contents = {.text_len = 0};
    contents_open *open = jwe->header->encryption == JWE_A256GCM ? gcm_open : cbc_open;
    int len = 0;

    int result = contents_decode(jwe, &contents, why);
    if (result == 0 && open(jwe, key, &contents, &len) < 0)
        result = reason_set(why, "it was not encrypted with this key, or was changed afterwards");
    if (result == 0)
        buf_add(plain, contents.text, (size_t)len);
    mem_wipe(contents.text, BASE64URL_OCTETS(jwe->ciphertext.len) + BLOCK);
    free(contents.text);
    return result;
}
