/*
 * random: octets from the system's generator, and names made of them.
 */
#ifndef BELFRY_COMMON_RANDOM_H
#define BELFRY_COMMON_RANDOM_H

#include <stddef.h>

/* Fills `out`. Ends the program where the system has no randomness to give: there is no safe
 * way on. */
void random_octets(void *out, size_t count);

/* Octets of a name of 16 and of 32 random octets, with its NUL. */
#define RANDOM_NAME_SIZE 23
#define RANDOM_KEY_SIZE 44

/* A name nobody can guess or has had before: 128 random bits in base64url (RFC 4648, section 5, no
 * padding). Returns out (RANDOM_NAME_SIZE octets). */
char *random_name(char *out);

/* Likewise 256 bits, for what opens a door by itself. Returns out (RANDOM_KEY_SIZE octets). */
char *random_key(char *out);

#endif
