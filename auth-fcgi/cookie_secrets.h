/*
 * cookie_secrets: the secrets that an application seals or signs its session
 * cookies with. Most share that of tokens; some have one of their own.
 */
#ifndef BELFRY_AUTH_COOKIE_SECRETS_H
#define BELFRY_AUTH_COOKIE_SECRETS_H

#include "auth-fcgi/source.h"

/* Those of `session_secret_file` where it is set; else the variable of the environment, which may
 * be NULL, and behind it those of tokens. Returns 0, or -1 with the reason; nothing is held then.
 */
int cookie_secrets_load(struct secrets *secrets, const struct source_context *context,
    const char *variable, struct reason *why);

/* A line for `--check`. */
void cookie_secrets_describe(const struct secrets *secrets, const char *of, struct buf *out);

#endif
