#include "admin/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/memory.h"

#define MARK_OCTETS 3

struct lines {
    int fd;
    size_t max;
    size_t begin, end; /* of what was read and not returned yet */
    bool begun;        /* the beginning has been checked for a byte order mark */
    bool over;
    char *text; /* max + 1 bytes: a line of `max` with its newline */
};

struct lines *lines_new(int fd, size_t max)
{
    struct lines *lines = mem_zalloc(sizeof *lines);

    lines->fd = fd;
    lines->max = max;
    lines->text = mem_alloc(max + 1);
    return lines;
}

void lines_free(struct lines *lines)
{
    free(lines->text);
    free(lines);
}

/* Reads more. Returns 1, 0 at the end, or -1 with errno. */
static int lines_fill(struct lines *lines)
{
    memmove(lines->text, lines->text + lines->begin, lines->end - lines->begin);
    lines->end -= lines->begin;
    lines->begin = 0;
    ssize_t got;
    do
        got = read(lines->fd, lines->text + lines->end, lines->max + 1 - lines->end);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        lines->end += (size_t)got;
    lines->over = got == 0;
    return got > 0 ? 1 : (int)got;
}

static char *lines_newline(const struct lines *lines)
{
    return memchr(lines->text + lines->begin, '\n', lines->end - lines->begin);
}

/* Skips the rest of a line that does not fit. */
static int lines_skip(struct lines *lines, size_t *len)
{
    int got = 1;
    char *at = NULL;

    *len = 0;
    while (got > 0 && !(at = lines_newline(lines))) {
        *len += lines->end - lines->begin;
        lines->begin = lines->end;
        got = lines_fill(lines);
    }
    if (at) {
        *len += (size_t)(at - lines->text) - lines->begin;
        lines->begin = (size_t)(at - lines->text) + 1;
    }
    return got < 0 ? -1 : 1;
}

/* The byte order mark that some editors write is not part of the first line. */
static void skip_mark(struct lines *lines)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t len = strlen(mark);

    lines->begun = true;
    if (lines->end - lines->begin >= len && memcmp(lines->text + lines->begin, mark, len) == 0)
        lines->begin += len;
}

int lines_next(struct lines *lines, const char **line, size_t *len)
{
    char *at;
    int got = 1;

    while (!lines->begun && got > 0 && !lines_newline(lines) && lines->end < MARK_OCTETS &&
           lines->end <= lines->max)
        got = lines_fill(lines);
    if (!lines->begun)
        skip_mark(lines);
    while (!(at = lines_newline(lines)) && !lines->over &&
           lines->end - lines->begin <= lines->max && got > 0)
        got = lines_fill(lines);
    if (got < 0)
        return -1;
    *line = lines->text + lines->begin;
    if (at) {
        *len = (size_t)(at - *line);
        *at = '\0';
        lines->begin += *len + 1;
        return 1;
    }
    *len = lines->end - lines->begin;
    if (*len > lines->max) {
        *line = NULL;
        return lines_skip(lines, len);
    }
    lines->text[lines->end] = '\0';
    lines->begin = lines->end;
    return *len > 0;
}

bool lines_ready(const struct lines *lines)
{
    struct pollfd poller = {.fd = lines->fd, .events = POLLIN};

    return lines->over || lines_newline(lines) || poll(&poller, 1, 0) > 0;
}
