/*
 * stamp: what every published payload carries, so that each delivery can be checked.
 *
 * It is text of a fixed size that no server escapes or changes:
 *
 *     @load:RRRRRRRRPPPPPPPPDDDDDDDDSSSSSSSSNNNNNNNNTTTTTTTTTTTTTTTT
 *
 * in hexadecimal: the run (random, so that what an earlier run left in a queue is
 * told apart), the publisher, the destination (a topic's or a member's number), the
 * sequence number of this publisher for this destination, how much this publisher has
 * published before, and the time in nanoseconds that latency is measured from: when it
 * was published, or in an open loop when it should have been.
 */
#ifndef BELFRY_BENCH_LOAD_STAMP_H
#define BELFRY_BENCH_LOAD_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STAMP_SIZE (6 + 7 * 8)

struct stamp {
    uint32_t run, publisher, destination, sequence, number;
    int64_t time;
};

/* Writes STAMP_SIZE characters, without a NUL. */
void stamp_write(const struct stamp *stamp, char *out);

/* Finds the stamp in a message. `hint` is where the last one was found, which is tried first.
 * Returns false if there is none. */
bool stamp_find(struct stamp *stamp, const char *text, size_t len, size_t *hint);

/* A JSON object of `size` bytes, at least PAYLOAD_MIN, with a stamp in it: {"stamp":"…","pad":"…"}.
 * Only the stamp has to be written for each message. The text is malloc()ed. */
#define PAYLOAD_STAMP 10
#define PAYLOAD_MIN (PAYLOAD_STAMP + STAMP_SIZE + 11)

char *payload_new(size_t size);

#endif
