/*
 * base64url: RFC 4648, section 5, without padding, as JOSE uses it (RFC 7515,
 * section 2).
 *
 * Decoding is strict: each sequence of octets has exactly one text, so nobody
 * can make a second spelling of a token or a signature.
 */
#ifndef BELFRY_COMMON_BASE64URL_H
#define BELFRY_COMMON_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

/* How many characters encode `octets` octets, without the NUL. */
#define BASE64URL_LENGTH(octets) (((octets)*4 + 2) / 3)

/* Writes BASE64URL_LENGTH(len) characters and a NUL. Returns out. */
char *base64url_encode(const void *octets, size_t len, char *out);

/* At most how many octets `len` characters decode to. */
#define BASE64URL_OCTETS(len) ((len)*3 / 4)

/* Writes at most BASE64URL_OCTETS(len) octets and sets *octets to their number. Returns false if a
 * character is not in the alphabet ('=' is not), the length is impossible, or unused bits at the
 * end are not zero. */
bool base64url_decode(const char *text, size_t len, void *out, size_t *octets);

#endif
