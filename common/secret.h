/*
 * secret: the keys that tokens are signed and verified with.
 *
 * Sources, in Auth.js' own names and order: the files of `secret_file` where
 * configured, else AUTH_SECRET_3, AUTH_SECRET_2, AUTH_SECRET_1, AUTH_SECRET
 * from the environment. The first signs, any verifies: put the new one in
 * front, and take the old one away an hour later.
 *
 * A file of a secret that somebody else may write or replace is refused
 * (common/trust.h); one that others may read is warned of (common/layout.h). What an editor or
 * another system's file adds to a text (a carriage return, a byte order mark, a blank, quotes)
 * would make another secret than the application's, and is refused.
 *
 * Invariants: a secret has at least 32 octets, and some variety, unless weak ones
 * were allowed; it is never printed. What is printed is its fingerprint, the first 6 hex digits
 * of its SHA-256: enough to see that two programs hold different ones.
 * secrets_release wipes.
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
    size_t count; /* 0: none was found, which is not an error of loading */
};

struct config;

/* The secrets of tokens, as `[token]` of the configuration and the environment say. Returns 0, or
 * -1 with the reason: none found, too short (the reason says how to make one: openssl rand -base64
 * 33), a file that cannot be read. Nothing is held then. */
int secrets_load(struct secrets *secrets, const struct config *config, struct reason *why);

/* One secret more, from octets. Returns 0, or -1 with the reason: short, uniform, long, too many.
 */
int secrets_add(
    struct secrets *secrets, const void *octets, size_t len, bool allow_weak, struct reason *why);
/* From a file; its last newline does not belong to the secret. "$CREDENTIALS_DIRECTORY/" in front
 * is the folder that systemd names in the environment. */
int secrets_add_file(
    struct secrets *secrets, const char *path, bool allow_weak, struct reason *why);
/* The path that this stands for, malloc()ed; or NULL with the reason. */
char *secret_file_path(const char *value, struct reason *why);
/* From an environment variable. Returns 1, 0 where it is not set or empty, or -1. */
int secrets_add_env(struct secrets *secrets, const char *name, bool allow_weak, struct reason *why);

/* "3 secrets (1f3a9c, 77b001, c0ffee)", for a log line. Returns out. */
char *secrets_describe(const struct secrets *secrets, char *out, size_t size);

void secrets_release(struct secrets *secrets);

#endif
