/*
 * cookie_key: the keys that Auth.js and NextAuth derive from their secret for
 * their encrypted cookies (HKDF, RFC 5869), and the names that they give them.
 *
 * Deriving a key takes as long as decrypting a cookie, so whoever needs one keeps
 * it, for each secret, cookie name and scheme.
 */
#ifndef BELFRY_AUTH_COOKIE_KEY_H
#define BELFRY_AUTH_COOKIE_KEY_H

#include "auth-fcgi/jwe.h"
#include "common/secret.h"

enum cookie_scheme {
    COOKIE_AUTHJS_CBC, /* Auth.js v5, A256CBC-HS512: salted with the cookie's name */
    COOKIE_AUTHJS_GCM, /* Auth.js v5, A256GCM */
    COOKIE_NEXTAUTH,   /* NextAuth v4: A256GCM, no salt */
    COOKIE_SCHEMES
};

/* Bytes of a key's name with its NUL: base64url of SHA-512. */
#define COOKIE_KID_SIZE 87

struct cookie_key {
    struct jwe_key *key;
    char kid[COOKIE_KID_SIZE]; /* base64url of the thumbprint of the key's JWK (RFC 7638) */
};

enum jwe_encryption cookie_scheme_encryption(enum cookie_scheme scheme);

/* Returns NULL with the reason. */
struct cookie_key *cookie_key_derive(
    const struct secret *secret, enum cookie_scheme scheme, const char *cookie, struct reason *why);
void cookie_key_free(struct cookie_key *key);

#endif
