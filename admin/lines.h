/*
 * lines: text from a descriptor, line by line, as it comes. A byte order mark
 * of UTF-8 before the first is passed over.
 *
 * Not stdio, since one must be able to ask whether the next line would have to
 * be waited for: nobody waits for input while a transaction is open.
 */
#ifndef BELFRY_ADMIN_LINES_H
#define BELFRY_ADMIN_LINES_H

#include <stdbool.h>
#include <stddef.h>

struct lines;

/* `max`: octets of the longest line. */
struct lines *lines_new(int fd, size_t max);
void lines_free(struct lines *lines);

/* The next line without its newline, with a NUL behind it; valid until the next call. Of a line
 * longer than `max` comes NULL with its true length. Returns 1, 0 at the end, or -1 with errno. */
int lines_next(struct lines *lines, const char **line, size_t *len);

/* Whether lines_next has something to read without waiting for it. */
bool lines_ready(const struct lines *lines);

#endif
