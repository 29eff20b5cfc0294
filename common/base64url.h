/*
 * base64url: RFC 4648, section 5, without padding, as JOSE writes it (RFC 7515,
 * section 2).
 *
 * Decoding is strict: one text for each sequence of octets and no other, so
 * that nobody can make a second spelling of a token or a signature.
 */
#ifndef BELFRY_COMMON_BASE64URL_H
#define BELFRY_COMMON_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/* Characters that `octets` octets become, without NUL. */
#define BASE64URL_LENGTH(octets) (((octets)*4 + 2) / 3)

/* Writes BASE64URL_LENGTH(len) characters and a NUL. Returns out. */
char *base64url_encode(const void *octets, size_t len, char *out);

/* Most octets that `len` characters become. */
#define BASE64URL_OCTETS(len) ((len)*3 / 4)

/* Writes at most BASE64URL_OCTETS(len) octets and sets *octets to their number. False where a
 * character is not of the alphabet ('=' is not), the length is impossible or the last bits are not
 * zero. */
bool base64url_decode(const char *text, size_t len, void *out, size_t *octets);

#endif
