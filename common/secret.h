/*
 * secret: the keys that tokens are signed and verified with.
 *
 * Secrets come, under the names and in the order of Auth.js, from the files of
 * `secret_file` if that is set, else from AUTH_SECRET_3, AUTH_SECRET_2,
 * AUTH_SECRET_1 and AUTH_SECRET in the environment, else from the credential
 * `secret` of systemd. The first one signs, any of
 * them verifies: to change a secret, put the new one first, and remove the old
 * one an hour later.
 *
 * A secret file that somebody else may write or replace is refused
 * (common/trust.h); one that others may read earns a warning (common/layout.h).
 * Anything that an editor or a file from another system adds to the text (a
 * carriage return, a byte order mark, a blank, quotes) would make the secret
 * differ from the application's, and is refused.
 *
 * Invariants: a secret has at least 32 bytes, and some variety, unless weak
 * ones are allowed. It is never printed; what is printed is its fingerprint,
 * the first 6 hex digits of its SHA-256, which is enough to see whether two
 * programs have the same secret. secrets_release wipes the memory.
 */
#ifndef BELFRY_COMMON_SECRET_H
#define BELFRY_COMMON_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

#define SECRETS_MAX 8
#define SECRET_MIN_OCTETS 32
#define SECRET_MAX_OCTETS 4096
#define SECRET_FINGERPRINT_SIZE 7

struct secret {
    unsigned char *octets;
    size_t len;
    char fingerprint[SECRET_FINGERPRINT_SIZE];
};

struct secrets {
    struct secret items[SECRETS_MAX];
    size_t count; /* 0 if none was found, which is not an error when loading */
};

struct config;

/* The secrets for tokens, from section [token] of the configuration and from the environment.
 * Returns 0, or -1 with the reason: none was found, one is too short (the reason says how to make
 * one: openssl rand -base64 33), a file cannot be read. Then nothing is held. */
int secrets_load(struct secrets *secrets, const struct config *config, struct reason *why);

/* Adds a secret. Returns 0, or -1 with the reason: too short, too uniform, too long, or too many.
 */
int secrets_add(
    struct secrets *secrets, const void *octets, size_t len, bool allow_weak, struct reason *why);
/* Adds the secret in a file; a newline at its end does not belong to it. A path that begins with
 * "$CREDENTIALS_DIRECTORY/" is in the folder that systemd names in the environment. */
int secrets_add_file(
    struct secrets *secrets, const char *path, bool allow_weak, struct reason *why);
/* The path that such a value stands for, malloc()ed; or NULL with the reason. */
char *secret_file_path(const char *value, struct reason *why);
/* Adds the secret in an environment variable. Returns 1, 0 if it is not set or empty, or -1 with
 * the reason. */
int secrets_add_env(struct secrets *secrets, const char *name, bool allow_weak, struct reason *why);

/* "3 secrets (1f3a9c, 77b001, c0ffee)", for a log line. Returns out. */
char *secrets_describe(const struct secrets *secrets, char *out, size_t size);

void secrets_release(struct secrets *secrets);

#endif
