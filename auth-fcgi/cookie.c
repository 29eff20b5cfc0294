#include "auth-fcgi/cookie.h"

#include <stdio.h>
#include <string.h>

#define CHUNKS_MAX 32
#define CHUNK_NAME_MAX 256

/* One pair of the header. Not NUL-terminated. */
struct pair {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank(**text)) {
        ++*text;
        --*len;
    }
    while (*len > 0 && is_blank((*text)[*len - 1]))
        --*len;
}

/* Takes the next pair off the header. Returns false at its end. */
static bool pair_next(const char **header, struct pair *pair)
{
    while (**header) {
        const char *start = *header;
        size_t len = strcspn(start, ";");
        *header = start + len + (start[len] == ';');
        const char *equals = memchr(start, '=', len);
        if (!equals)
            continue;
        pair->name = start;
        pair->name_len = (size_t)(equals - start);
        pair->value = equals + 1;
        pair->value_len = len - pair->name_len - 1;
        trim(&pair->name, &pair->name_len);
        trim(&pair->value, &pair->value_len);
        if (pair->name_len > 0)
            return true;
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Returns the octet that starts at *text and moves on past it, or -1 where the encoding is broken.
 */
static int decode_octet(const char **text, const char *end)
{
    const char *at = *text;
    *text = at + 1;
    if (*at != '%')
        return (unsigned char)*at;
    if (end - at < 3)
        return -1;
    int high = hex_digit(at[1]);
    int low = hex_digit(at[2]);
    *text = at + 3;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static enum cookie_found decode(const char *text, size_t len, struct buf *value)
{
    const char *end = text + len;
    while (text < end) {
        int octet = decode_octet(&text, end);
        if (octet < 0x20 || octet == 0x7f)
            return COOKIE_BROKEN;
        buf_add_char(value, (char)octet);
    }
    return value->overflowed ? COOKIE_BROKEN : COOKIE_FOUND;
}

enum cookie_found cookie_find(const char *header, const char *name, struct buf *value)
{
    struct pair pair;
    size_t name_len = strlen(name);
    while (pair_next(&header, &pair)) {
        if (pair.name_len != name_len || memcmp(pair.name, name, name_len) != 0)
            continue;
        if (pair.value_len >= 2 && pair.value[0] == '"' && pair.value[pair.value_len - 1] == '"') {
            pair.value++;
            pair.value_len -= 2;
        }
        return decode(pair.value, pair.value_len, value);
    }
    return COOKIE_ABSENT;
}

enum cookie_found cookie_find_chunked(const char *header, const char *name, struct buf *value)
{
    char chunk[CHUNK_NAME_MAX];
    enum cookie_found found = cookie_find(header, name, value);
    if (found != COOKIE_ABSENT)
        return found;
    for (int i = 0; i < CHUNKS_MAX; i++) {
        if (snprintf(chunk, sizeof(chunk), "%s.%d", name, i) >= (int)sizeof(chunk))
            return COOKIE_BROKEN;
        enum cookie_found part = cookie_find(header, chunk, value);
        if (part == COOKIE_BROKEN)
            return COOKIE_BROKEN;
        if (part == COOKIE_ABSENT)
            break;
        found = COOKIE_FOUND;
    }
    return found;
}

bool cookie_has_prefix(const char *header, const char *prefix)
{
    struct pair pair;
    size_t len = strlen(prefix);
    while (pair_next(&header, &pair))
        if (pair.name_len >= len && memcmp(pair.name, prefix, len) == 0)
            return true;
    return false;
}
