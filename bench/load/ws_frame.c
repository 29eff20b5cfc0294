#include <string.h>

#include "bench/load/ws_frame.h"

enum { FIN = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f, MASK_SIZE = 4 };

/* The length that the head names, and in *start where it ends. `len` is at least 10, or covers what
 * the second byte asks for. */
static uint64_t length_read(const unsigned char *data, size_t *start)
{
    unsigned first = data[1] & LENGTH, count = first == 127 ? 8 : first == 126 ? 2 : 0;
    uint64_t length = 0;

    *start = 2 + count;
    if (count == 0)
        return first;
    for (unsigned i = 0; i < count; i++)
        length = length << 8 | data[2 + i];
    return length;
}

static size_t head_size(const unsigned char *data)
{
    unsigned first = data[1] & LENGTH;

    return 2 + (first == 127 ? 8 : first == 126 ? 2 : 0) + (data[1] & MASKED ? MASK_SIZE : 0);
}

static long frame_take(struct frame_view *frame, char *data, size_t len, unsigned masked)
{
    const unsigned char *bytes = (const unsigned char *)data;
    uint64_t length;
    size_t start;

    if (len < 2)
        return 0;
    if (!(bytes[0] & FIN) || bytes[0] & RESERVED || (bytes[1] & MASKED) != masked)
        return -1;
    if (len < head_size(bytes))
        return 0;
    length = length_read(bytes, &start);
    if (length > FRAME_MAX)
        return -1;
    start = head_size(bytes);
    if (len - start < length)
        return 0;
    *frame = (struct frame_view){bytes[0] & OPCODE, data + start, (size_t)length};
    return (long)(start + length);
}

long frame_read(struct frame_view *frame, char *data, size_t len)
{
    return frame_take(frame, data, len, 0);
}

long frame_read_masked(struct frame_view *frame, char *data, size_t len)
{
    long size = frame_take(frame, data, len, MASKED);
    char mask[MASK_SIZE];

    if (size <= 0)
        return size;
    memcpy(mask, frame->payload - MASK_SIZE, MASK_SIZE);
    if (memcmp(mask, "\0\0\0\0", MASK_SIZE) == 0)
        return size;
    for (size_t i = 0; i < frame->len; i++)
        frame->payload[i] ^= mask[i % MASK_SIZE];
    return size;
}

size_t frame_head(char *out, unsigned opcode, size_t len)
{
    unsigned count = len < 126 ? 0 : len < 65536 ? 2 : 8;

    out[0] = (char)(FIN | opcode);
    out[1] = (char)(count == 0 ? len : count == 2 ? 126 : 127);
    for (unsigned i = 0; i < count; i++)
        out[2 + i] = (char)(len >> 8 * (count - 1 - i));
    return 2 + count;
}

size_t frame_head_masked(char *out, unsigned opcode, size_t len)
{
    size_t size = frame_head(out, opcode, len);

    out[1] = (char)(out[1] | MASKED);
    memset(out + size, 0, MASK_SIZE);
    return size + MASK_SIZE;
}
