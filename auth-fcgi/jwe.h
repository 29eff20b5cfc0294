/*
 * jwe: the encrypted JWT in which Auth.js and NextAuth keep a session.
 *
 * JWE compact serialisation (RFC 7516, section 7.1) with a shared key (alg
 * "dir", RFC 7518, section 4.5) and A256CBC-HS512 or A256GCM (sections 5.2.5,
 * 5.3). Nothing else is accepted: no `zip`, no `crit`, no key in the header.
 *
 *     struct jwe_header header = {0};   // kept from one to the next
 *     struct jwe jwe;
 *     if (jwe_parse(&jwe, &header, text, len, &why) == 0) {
 *         … a jwe_key for header.encryption, chosen by header.kid …
 *         if (jwe_decrypt(&jwe, key, &claims, &why) == 0) …
 *     }
 *     jwe_header_release(&header);
 *
 * A jwe borrows its text and its header. Headers and keys belong to one thread.
 */
#ifndef BELFRY_AUTH_JWE_H
#define BELFRY_AUTH_JWE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/reason.h"

/* Bytes of a cookie, its chunks joined. */
#define JWE_MAX_BYTES 24576

enum jwe_encryption { JWE_A256CBC_HS512, JWE_A256GCM };

/* A part between the dots, still base64url. */
struct jwe_part {
    const char *text;
    size_t len;
};

/* The last header that was understood. An application writes the same one into all its cookies, so
 * it is seldom read anew. */
struct jwe_header {
    char *text; /* as in the JWE; NULL where there is none yet */
    enum jwe_encryption encryption;
    char *kid; /* NULL where there is none */
};

struct jwe {
    const struct jwe_header *header;
    struct jwe_part header_text, iv, ciphertext, tag;
};

/* A key with OpenSSL's contexts for it: preparing these takes as long as decrypting a session. */
struct jwe_key;

/* Whether the value of a cookie is one, or was one before somebody changed it. Session tokens that
 * are looked up in a database have no dots. */
bool jwe_looks_like_one(const char *text);

/* Returns 0, or -1 with the reason. */
int jwe_parse(
    struct jwe *jwe, struct jwe_header *header, const char *text, size_t len, struct reason *why);
void jwe_header_release(struct jwe_header *header);

size_t jwe_key_size(enum jwe_encryption encryption);
#define JWE_KEY_MAX 64

/* Copies jwe_key_size(encryption) bytes. Returns NULL if OpenSSL does not have the algorithms. */
struct jwe_key *jwe_key_new(enum jwe_encryption encryption, const unsigned char *bytes);
void jwe_key_free(struct jwe_key *key);

/* Appends the plaintext. Nothing of it is appended unless the tag is right. The key must be for the
 * header's encryption. Returns 0, or -1 with the reason. */
int jwe_decrypt(const struct jwe *jwe, struct jwe_key *key, struct buf *plain, struct reason *why);

#endif
