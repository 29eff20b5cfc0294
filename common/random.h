/*
 * random: bytes from the system's random generator, and names made of them.
 */
#ifndef BELFRY_COMMON_RANDOM_H
#define BELFRY_COMMON_RANDOM_H

#include <stddef.h>

/* Fills `out`. Ends the program if the system cannot provide randomness: there is no safe way to go
 * on. */
void random_octets(void *out, size_t count);

/* The sizes of names made of 16 and of 32 random bytes, with NUL. */
#define RANDOM_NAME_SIZE 23
#define RANDOM_KEY_SIZE 44

/* A name that nobody can guess and that was never used before: 128 random bits in base64url (RFC
 * 4648, section 5, without padding). Returns out, which has RANDOM_NAME_SIZE bytes. */
char *random_name(char *out);

/* The same with 256 bits, for a key that grants access by itself. Returns out, which has
 * RANDOM_KEY_SIZE bytes. */
char *random_key(char *out);

#endif
