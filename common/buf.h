/*
 * buf: a byte buffer that grows up to a limit.
 *
 * Invariants: after buf_init, `data` is never NULL and data[len] is NUL, so a
 * buf of text can be used as a C string at any time. An append that would
 * exceed `max` adds nothing and sets `overflowed`, which stays set: append
 * without checking, and check once at the end.
 *
 *     struct buf out;
 *     buf_init(&out, 65536);
 *     buf_add_text(&out, "{\"title\":");
 *     buf_add_json_string(&out, title, strlen(title));
 *     …
 *     buf_release(&out);
 *
 * The buf owns `data`; buf_detach passes it to the caller, who must free() it.
 */
#ifndef BELFRY_COMMON_BUF_H
#define BELFRY_COMMON_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;
    size_t len;
    size_t size; /* allocated; 0 until something is added */
    size_t max;  /* most bytes it may hold */
    bool overflowed;
};

void buf_init(struct buf *buf, size_t max);
/* Frees the memory. The buf is then as after buf_init and may be used again. */
void buf_release(struct buf *buf);
/* As buf_release, but overwrites the memory first. */
void buf_wipe(struct buf *buf);
/* Empties it, but keeps the memory. */
void buf_clear(struct buf *buf);
/* As buf_clear, but overwrites what it held. */
void buf_scrub(struct buf *buf);
/* The content as a malloc()ed string, which the caller must free(). The buf is empty afterwards. */
char *buf_detach(struct buf *buf);

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_add_text(struct buf *buf, const char *text);
void buf_add_char(struct buf *buf, char c);
/* In decimal digits: several times faster than buf_addf. */
void buf_add_number(struct buf *buf, int64_t number);
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/* A JSON string with its quotes (RFC 8259, section 7). Bytes that are not UTF-8 become U+FFFD, so
 * the result is always valid. */
void buf_add_json_string(struct buf *buf, const char *text, size_t len);
/* Text for a log line or a terminal: control characters are written as \xNN. */
void buf_add_escaped(struct buf *buf, const char *text, size_t len);

#endif
