/*
 * lines: reads text from a descriptor line by line. A UTF-8 byte order mark at
 * the beginning is skipped.
 *
 * This is not stdio, since the caller must be able to ask whether reading the
 * next line would block: no transaction may stay open while waiting for input.
 */
#ifndef BELFRY_ADMIN_LINES_H
#define BELFRY_ADMIN_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines;

/* `max` is the length of the longest line. */
struct lines *lines_new(int fd, size_t max);
void lines_free(struct lines *lines);

/* Returns the next line without its newline, NUL-terminated, valid until the next call. For a line
 * longer than `max`, *line is NULL and *len its true length. Returns 1, 0 at the end, or -1 with
 * errno. */
int lines_next(struct lines *lines, const char **line, size_t *len);

/* Whether lines_next would return without waiting. */
bool lines_ready(const struct lines *lines);

#endif
