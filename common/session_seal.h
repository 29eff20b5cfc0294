/*
 * session_seal: session tokens inside belfry_sid, which only the bearer's own
 * site can read.
 *
 * Where sessions have no rowid (PostgreSQL), a session is found by its session
 * token alone, so belfry_sid has to hold it. But scripts of a page can read the
 * token that belfry_sid is part of, and must not learn the session token, which
 * its cookie hides from them (HttpOnly). So it is encrypted with AES-256-GCM, by
 * a key that HKDF derives from the secret that signs the token. The nonce is
 * the beginning of the session token's own hash, which belfry_sid has anyway:
 * the same nonce means the same text.
 */
#ifndef BELFRY_COMMON_SESSION_SEAL_H
#define BELFRY_COMMON_SESSION_SEAL_H

#include "common/secret.h"

/* A longer session token is not sealed. */
#define SESSION_SEAL_MAX 1024

/* belfry_sid for a session token: "<hash>.<base64url of the sealed token>", malloc()ed; NULL if it
 * is too long. */
char *session_seal(const struct secret *secret, const char *session_token);

/* The session token in a belfry_sid, malloc()ed; NULL if there is none that this secret has sealed.
 */
char *session_unseal(const struct secret *secret, const char *sid);

#endif
