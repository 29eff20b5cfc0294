#include "gateway/net/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

#define FIN 0x80
#define HEADER_MAX 10
#define CLOSE_REASON_MAX 123

static size_t write_header(unsigned char *out, enum frame_kind kind, uint64_t len)
{
    out[0] = FIN | (unsigned char)kind;
    size_t extended = len < 126 ? 0 : len <= UINT16_MAX ? 2 : 8;
    out[1] = extended == 0 ? (unsigned char)len : extended == 2 ? 126 : 127;
    for (size_t i = 0; i < extended; i++)
        out[2 + i] = (unsigned char)(len >> (8 * (extended - 1 - i)));
    return 2 + extended;
}

static struct frame *frame_of_size(size_t len)
{
    struct frame *frame = mem_alloc(sizeof(*frame) + len);

    frame->references = 1;
    frame->len = (uint32_t)len;
    frame->form = NULL;
    return frame;
}

struct frame *frame_new(enum frame_kind kind, const void *payload, size_t len)
{
    return frame_new2(kind, payload, len, NULL, 0);
}

struct frame *frame_raw(const void *bytes, size_t len)
{
    struct frame *frame;

    assert(len <= UINT32_MAX / 4);
    frame = frame_of_size(len);
    memcpy(frame->bytes, bytes, len);
    return frame;
}

struct frame *frame_new2(enum frame_kind kind, const void *first, size_t first_len,
    const void *second, size_t second_len)
{
    assert(first_len <= UINT32_MAX / 4 && second_len <= UINT32_MAX / 4);
    unsigned char header[HEADER_MAX];
    size_t header_len = write_header(header, kind, first_len + second_len);
    struct frame *frame = frame_of_size(header_len + first_len + second_len);
    memcpy(frame->bytes, header, header_len);
    if (first_len > 0)
        memcpy(frame->bytes + header_len, first, first_len);
    if (second_len > 0)
        memcpy(frame->bytes + header_len + first_len, second, second_len);
    return frame;
}

/* Where to cut a text so that at most `max` bytes stay and no character is split. */
static size_t cut_utf8(const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len <= max)
        return len;
    len = max;
    while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

struct frame *frame_close(uint16_t code, const char *reason)
{
    if (code == CLOSE_NO_STATUS)
        return frame_new(FRAME_CLOSE, NULL, 0);
    unsigned char bytes[2] = {(unsigned char)(code >> 8), (unsigned char)code};
    size_t len = !reason ? 0 : cut_utf8(reason, CLOSE_REASON_MAX);
    return frame_new2(FRAME_CLOSE, bytes, sizeof(bytes), reason, len);
}

enum frame_kind frame_kind(const struct frame *frame)
{
    return (enum frame_kind)(frame->bytes[0] & 0x0f);
}

const void *frame_payload(const struct frame *frame, size_t *len)
{
    size_t header_len = frame->bytes[1] < 126 ? 2 : frame->bytes[1] == 126 ? 4 : HEADER_MAX;

    *len = frame->len - header_len;
    return frame->bytes + header_len;
}

void frame_keep_form(struct frame *frame, struct frame *form)
{
    frame_unref(frame->form);
    frame->form = form;
}

struct frame *frame_form(const struct frame *frame)
{
    return frame->form;
}

struct frame *frame_ref(struct frame *frame)
{
    frame->references++;
    return frame;
}

void frame_unref(struct frame *frame)
{
    if (!frame || --frame->references > 0)
        return;
    frame_unref(frame->form);
    free(frame);
}
