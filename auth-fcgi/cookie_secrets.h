/*
 * cookie_secrets: the secrets with which an application encrypts or signs its
 * session cookies.
 *
 * Encrypted cookies may use the secret of tokens, since their keys are only
 * derived from it (cookie_key.h). Signed cookies may not: like a token, they are
 * signed with HMAC-SHA-256 over their text, so if somebody could choose that
 * text, the cookie would be a valid token.
 */
#ifndef BELFRY_AUTH_COOKIE_SECRETS_H
#define BELFRY_AUTH_COOKIE_SECRETS_H

#include "auth-fcgi/source.h"

/* Loads the secret in `session_secret_file` if that is set; else the one in this variable of the
 * environment, which may be NULL; else those of tokens. Returns 0, or -1 with the reason; then
 * nothing is held. */
int cookie_secrets_load(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why);

/* The same for signed cookies: refuses the secrets of tokens. */
int cookie_secrets_load_signing(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why);

/* Appends a line for `--check`. */
void cookie_secrets_describe(const struct secrets *secrets, const char *of, struct buf *out);

#endif
