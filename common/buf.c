#include "common/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/text.h"

#define FIRST_SIZE 64

void buf_init(struct buf *buf, size_t max)
{
    /* Points to an empty string until memory is allocated; as size is 0, nothing writes to it. */
    *buf = (struct buf){.data = (char *)"", .max = max};
}

void buf_release(struct buf *buf)
{
    if (buf->size > 0)
        free(buf->data);
    buf_init(buf, buf->max);
}

void buf_wipe(struct buf *buf)
{
    if (buf->size > 0)
        mem_wipe(buf->data, buf->size);
    buf_release(buf);
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->overflowed = false;
    if (buf->size > 0)
        buf->data[0] = '\0';
}

void buf_scrub(struct buf *buf)
{
    if (buf->size > 0)
        mem_wipe(buf->data, buf->len);
    buf_clear(buf);
}

char *buf_detach(struct buf *buf)
{
    char *data = buf->size > 0 ? buf->data : mem_strdup("");

    buf_init(buf, buf->max);
    return data;
}

/* Not realloc(): it could leave a copy of a secret behind that buf_wipe does not reach. */
static void grow(struct buf *buf, size_t wanted)
{
    size_t size = buf->size > 0 ? buf->size : FIRST_SIZE;
    char *data;

    while (size < wanted)
        size = size > SIZE_MAX / 2 ? wanted : size * 2;
    data = mem_alloc(size);
    memcpy(data, buf->data, buf->len + 1);
    if (buf->size > 0) {
        mem_wipe(buf->data, buf->size);
        free(buf->data);
    }
    buf->data = data;
    buf->size = size;
}

/* Makes room for `len` more bytes and the NUL. */
static bool make_room(struct buf *buf, size_t len)
{
    if (buf->overflowed || len > buf->max - buf->len) {
        buf->overflowed = true;
        return false;
    }
    if (buf->size < buf->len + len + 1)
        grow(buf, buf->len + len + 1);
    return true;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
    if (len == 0 || !make_room(buf, len))
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_add_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_add_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void buf_add_number(struct buf *buf, int64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

    do
        digits[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (number < 0)
        digits[--at] = '-';
    buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_vaddf(buf, format, args);
    va_end(args);
}

/* Formats into the room that is left, and once more where that was not enough. */
void buf_vaddf(struct buf *buf, const char *format, va_list args)
{
    size_t room = buf->size > buf->len && !buf->overflowed ? buf->size - buf->len : 0;
    va_list again;

    va_copy(again, args);
    int len = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
    bool whole = len >= 0 && (size_t)len < room && (size_t)len <= buf->max - buf->len;
    if (len < 0)
        buf->overflowed = true;
    else if (!whole && len > 0 && make_room(buf, (size_t)len))
        whole = vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again) == len;
    if (whole)
        buf->len += (size_t)len;
    if (buf->size > 0)
        buf->data[buf->len] = '\0';
    va_end(again);
}

typedef size_t text_step(const char *text, size_t len, char *out);

static void add_steps(struct buf *buf, const char *text, size_t len, text_step *take)
{
    char step[TEXT_STEP_SIZE];

    while (len > 0 && !buf->overflowed) {
        size_t taken = take(text, len, step);

        buf_add_text(buf, step);
        text += taken;
        len -= taken;
    }
}

/* How many bytes at the beginning need no escaping in a JSON string. */
static size_t plain_run(const char *text, size_t len)
{
    size_t run = 0;

    while (
        run < len && text[run] >= 0x20 && text[run] < 0x7F && text[run] != '"' && text[run] != '\\')
        run++;
    return run;
}

void buf_add_json_string(struct buf *buf, const char *text, size_t len)
{
    buf_add_char(buf, '"');
    while (len > 0 && !buf->overflowed) {
        size_t run = plain_run(text, len);
        size_t taken = run;

        if (run > 0) {
            buf_add(buf, text, run);
        } else {
            taken = text_character(text, len);
            taken = taken > 0 ? taken : 1;
            add_steps(buf, text, taken, text_step_json);
        }
        text += taken;
        len -= taken;
    }
    buf_add_char(buf, '"');
}

void buf_add_escaped(struct buf *buf, const char *text, size_t len)
{
    add_steps(buf, text, len, text_step_shown);
}
