/*
 * cookie_secrets: the secrets that an application encrypts or signs its session
 * cookies with.
 *
 * Encrypted cookies may share the secret of tokens, since their keys are
 * derived from it (cookie_key.h). Signed cookies may not: their signature is
 * HMAC-SHA-256 over the cookie's text, as that of a token is, so a cookie over
 * a text that somebody chose would be a token.
 */
#ifndef BELFRY_AUTH_COOKIE_SECRETS_H
#define BELFRY_AUTH_COOKIE_SECRETS_H

#include "auth-fcgi/source.h"

/* That of `session_secret_file` where it is set; else that in the variable of the environment,
 * which may be NULL; else those of tokens. Returns 0, or -1 with the reason; nothing is held then.
 */
int cookie_secrets_load(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why);

/* The same for signed cookies: refuses those of tokens. */
int cookie_secrets_load_signing(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why);

/* A line for `--check`. */
void cookie_secrets_describe(const struct secrets *secrets, const char *of, struct buf *out);

#endif
