/*
 * jwe: the encrypted JWT in which Auth.js and NextAuth keep a session.
 *
 * JWE compact serialisation (RFC 7516, section 7.1) with a shared key (alg
 * "dir", RFC 7518, section 4.5) and A256CBC-HS512 or A256GCM (sections 5.2.5,
 * 5.3). Nothing else is accepted: no `zip`, no `crit`, no key in the header.
 *
 *     struct jwe jwe;
 *     if (jwe_parse(&jwe, text, len, &why) == 0) {
 *         … a key of jwe_key_size(jwe.encryption) bytes, chosen by jwe.kid …
 *         if (jwe_decrypt(&jwe, key, &claims, &why) == 0) …
 *     }
 *     jwe_release(&jwe);
 *
 * A jwe borrows its text.
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

struct jwe {
    enum jwe_encryption encryption;
    char *kid; /* NULL where there is none */
    struct jwe_part header, iv, ciphertext, tag;
};

/* Whether the value of a cookie is one, or was one before somebody changed it. Session tokens that
 * are looked up in a database have no dots. */
bool jwe_looks_like_one(const char *text);

/* Returns 0, or -1 with the reason. jwe_release in either case. */
int jwe_parse(struct jwe *jwe, const char *text, size_t len, struct reason *why);
void jwe_release(struct jwe *jwe);

size_t jwe_key_size(enum jwe_encryption encryption);
#define JWE_KEY_MAX 64

/* Appends the plaintext. Nothing of it is appended unless the tag is right. Returns 0, or -1 with
 * the reason. */
int jwe_decrypt(
    const struct jwe *jwe, const unsigned char *key, struct buf *plain, struct reason *why);

#endif
