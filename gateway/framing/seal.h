/*
 * seal: proofs that the gateway hands out and need not remember.
 *
 * A mark is the number of a moment in what a session sends. Sealed, it can only
 * be brought back by somebody who has received it: a client that guesses the
 * next number, or takes another session's, proves nothing. A name is what a
 * session is known by to its client: nobody can guess it, and it is the same
 * whenever it is asked for, so that an idle session keeps no copy.
 *
 * Both are HMACs with a key that is made at random and never leaves the
 * process, so they end with it.
 */
#ifndef BELFRY_GATEWAY_FRAMING_SEAL_H
#define BELFRY_GATEWAY_FRAMING_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/random.h"

struct seal;

struct seal *seal_new(void);
void seal_free(struct seal *seal);

#define SEAL_MARK_SIZE 12

void seal_mark(
    struct seal *seal, uint64_t session, uint32_t mark, unsigned char out[SEAL_MARK_SIZE]);
/* Whether these bytes are a mark of that session, and which. */
bool seal_open_mark(
    struct seal *seal, uint64_t session, const void *bytes, size_t len, uint32_t *mark);

/* As random_name: 128 bits in base64url, with a NUL. Returns out. */
char *seal_name(struct seal *seal, uint64_t session, char out[RANDOM_NAME_SIZE]);

#endif
