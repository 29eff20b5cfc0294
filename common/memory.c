#include "common/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *held(void *data)
{
    static const char last_words[] = "belfry: out of memory: exiting, to be restarted\n";

    if (data)
        return data;
    /* Nothing that allocates may be called any more. */
    if (write(STDERR_FILENO, last_words, sizeof(last_words) - 1) < 0)
        abort();
    abort();
}

void *mem_alloc(size_t size)
{
    return held(malloc(size > 0 ? size : 1));
}

void *mem_zalloc(size_t size)
{
    return mem_array(1, size);
}

void *mem_array(size_t count, size_t size)
{
    bool empty = count == 0 || size == 0;

    return held(empty ? calloc(1, 1) : calloc(count, size));
}

void *mem_resize(void *old, size_t size)
{
    return held(realloc(old, size > 0 ? size : 1));
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_strndup(const char *text, size_t len)
{
    size_t octets = strnlen(text, len);
    char *copy = mem_alloc(octets + 1);

    memcpy(copy, text, octets);
    copy[octets] = '\0';
    return copy;
}

char *mem_strdup_or_null(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

void mem_wipe(void *data, size_t len)
{
    if (data)
        explicit_bzero(data, len);
}
