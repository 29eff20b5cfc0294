/*
 * ws_frame: WebSocket frames (RFC 6455, section 5) as a client reads and writes them.
 *
 * Reading is in place: a frame's payload is where the frame lies. A server's
 * frames are neither masked nor, here, fragmented or extended; one that is, or is
 * longer than FRAME_MAX, is refused. Writing masks with 0, which is valid and
 * saves the masking.
 */
#ifndef BELFRY_BENCH_LOAD_WS_FRAME_H
#define BELFRY_BENCH_LOAD_WS_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX (512 * 1024)
#define FRAME_HEAD_MAX 14

enum { FRAME_TEXT = 1, FRAME_BINARY = 2, FRAME_CLOSE = 8, FRAME_PING = 9, FRAME_PONG = 10 };

struct frame_view {
    unsigned opcode;
    char *payload;
    size_t len;
};

/* Reads the frame at the beginning of `data`. Returns how many bytes it has; 0 if it is not whole
 * yet; -1 if it is none that a server may send here. */
long frame_read(struct frame_view *frame, char *data, size_t len);

/* The same for what a client sends: masked, and unmasked in place. */
long frame_read_masked(struct frame_view *frame, char *data, size_t len);

/* Writes the head of a client's frame with a payload of `len` bytes. Returns its length. */
size_t frame_head_masked(char *out, unsigned opcode, size_t len);

/* The same of a server's. */
size_t frame_head(char *out, unsigned opcode, size_t len);

#endif
