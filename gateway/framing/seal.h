/*
 * seal: proofs that the gateway hands out without keeping them.
 *
 * A mark is the number of a position in a session's output. Only a client that
 * has received the sealed mark can send it back: guessing the next number, or
 * using another session's, proves nothing. A name is the session's id for its
 * client: nobody can guess it, and it is computed whenever it is needed, so
 * that an idle session keeps no copy.
 *
 * Both are HMACs with a random key that never leaves the process, so they end
 * with it.
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
/* Whether these bytes are a mark of that session; if so, sets *mark. */
bool seal_open_mark(
    struct seal *seal, uint64_t session, const void *bytes, size_t len, uint32_t *mark);

/* In the form of random_name: 128 bits in base64url, with a NUL. Returns out. */
char *seal_name(struct seal *seal, uint64_t session, char out[RANDOM_NAME_SIZE]);

#endif
