#include "auth-fcgi/cookie.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define CHUNKS_MAX 32
#define CHUNK_NAME_MAX 256

/* One pair of the header. Not NUL-terminated. */
struct cookie_pair {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void blanks_trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank(**text)) {
        ++*text;
        --*len;
    }
    while (*len > 0 && is_blank((*text)[*len - 1]))
        --*len;
}

/* Takes the next pair off the header. Returns false at the end of it. */
static bool pair_next(const char **header, struct cookie_pair *pair)
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
        blanks_trim(&pair->name, &pair->name_len);
        blanks_trim(&pair->value, &pair->value_len);
        if (pair->name_len > 0)
            return true;
    }
    return false;
}

/* Returns the byte that starts at *text, and moves on past it; or -1 where the encoding is broken.
 */
static int byte_decode(const char **text, const char *end)
{
    const char *at = *text;

    *text = at + 1;
    if (*at != '%')
        return (unsigned char)*at;
    if (end - at < 3)
        return -1;
    int high = text_hex_digit(at[1]);
    int low = text_hex_digit(at[2]);
    *text = at + 3;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* How many bytes at the beginning stand for themselves. */
static size_t value_plain(const char *text, size_t len)
{
    size_t plain = 0;

    while (plain < len && text[plain] != '%' && text[plain] != 0x7f &&
           (unsigned char)text[plain] >= 0x20)
        plain++;
    return plain;
}

static enum cookie_found value_decode(const char *text, size_t len, struct buf *value)
{
    const char *end = text + len;

    while (text < end) {
        size_t plain = value_plain(text, (size_t)(end - text));

        buf_add(value, text, plain);
        text += plain;
        if (text == end)
            break;
        int byte = byte_decode(&text, end);
        if (byte < 0x20 || byte == 0x7f)
            return COOKIE_BROKEN;
        buf_add_char(value, (char)byte);
    }
    return value->overflowed ? COOKIE_BROKEN : COOKIE_FOUND;
}

static void unquote(struct cookie_pair *pair)
{
    if (pair->value_len < 2 || pair->value[0] != '"' || pair->value[pair->value_len - 1] != '"')
        return;
    pair->value++;
    pair->value_len -= 2;
}

/* Takes the next cookie of this name off the header. Returns false where there is none. */
static bool named_next(const char **header, const char *name, struct cookie_pair *pair)
{
    size_t len = strlen(name);

    while (pair_next(header, pair))
        if (pair->name_len == len && memcmp(pair->name, name, len) == 0) {
            unquote(pair);
            return true;
        }
    return false;
}

static bool is_same_text(const struct cookie_pair *a, const struct cookie_pair *b)
{
    return a->value_len == b->value_len && memcmp(a->value, b->value, a->value_len) == 0;
}

/* Whether another cookie has the same value as this one, maybe in another encoding. */
static bool is_same_value(const struct cookie_pair *pair, const struct buf *value)
{
    struct buf other;

    buf_init(&other, value->max);
    bool same = value_decode(pair->value, pair->value_len, &other) == COOKIE_FOUND &&
                strcmp(other.data, value->data) == 0;
    buf_wipe(&other);
    return same;
}

/* Most names that are asked for are nowhere in the header, and searching it for one is much faster
 * than reading its pairs. */
static bool is_possible(const char *header, const char *name)
{
    return strstr(header, name) != NULL;
}

/* `value` is empty at first. */
static enum cookie_found value_find(const char *header, const char *name, struct buf *value)
{
    struct cookie_pair first;
    struct cookie_pair other;

    if (!is_possible(header, name) || !named_next(&header, name, &first))
        return COOKIE_ABSENT;
    enum cookie_found found = value_decode(first.value, first.value_len, value);
    while (named_next(&header, name, &other))
        if (!is_same_text(&first, &other) &&
            (found == COOKIE_BROKEN || !is_same_value(&other, value)))
            return COOKIE_TWICE;
    return found;
}

static enum cookie_found value_find_into(
    const char *header, const char *name, struct buf *scratch, struct buf *value)
{
    buf_clear(scratch);
    enum cookie_found found = value_find(header, name, scratch);
    if (found == COOKIE_FOUND)
        buf_add(value, scratch->data, scratch->len);
    return found == COOKIE_FOUND && value->overflowed ? COOKIE_BROKEN : found;
}

enum cookie_found cookie_find(const char *header, const char *name, struct buf *value)
{
    struct buf scratch;

    buf_init(&scratch, value->max);
    enum cookie_found found = value_find_into(header, name, &scratch, value);
    buf_wipe(&scratch);
    return found;
}

static enum cookie_found chunks_join(
    const char *header, const char *name, struct buf *scratch, struct buf *value)
{
    char chunk[CHUNK_NAME_MAX];
    enum cookie_found found = COOKIE_ABSENT;

    for (int i = 0; i < CHUNKS_MAX; i++) {
        if (snprintf(chunk, sizeof(chunk), "%s.%d", name, i) >= (int)sizeof(chunk))
            return COOKIE_BROKEN;
        enum cookie_found part = value_find_into(header, chunk, scratch, value);
        if (part == COOKIE_ABSENT)
            break;
        if (part != COOKIE_FOUND)
            return part;
        found = COOKIE_FOUND;
    }
    return found;
}

/* When Auth.js sets the whole cookie, it removes the old chunks: both at once are two cookies. */
enum cookie_found cookie_find_chunked(const char *header, const char *name, struct buf *value)
{
    struct buf scratch;
    struct buf joined;

    if (!is_possible(header, name))
        return COOKIE_ABSENT;
    buf_init(&scratch, value->max);
    buf_init(&joined, value->max);
    enum cookie_found found = value_find_into(header, name, &scratch, value);
    enum cookie_found chunks = chunks_join(header, name, &scratch, &joined);
    if (found == COOKIE_ABSENT) {
        found = chunks;
        buf_add(value, joined.data, joined.len);
    } else if (chunks != COOKIE_ABSENT && found != COOKIE_TWICE) {
        bool same = found == COOKIE_FOUND && chunks == COOKIE_FOUND &&
                    strcmp(value->data, joined.data) == 0;
        found = same ? found : COOKIE_TWICE;
    }
    buf_wipe(&scratch);
    buf_wipe(&joined);
    return found;
}

void cookie_explain(enum cookie_found found, const char *name, struct reason *why)
{
    if (found == COOKIE_TWICE)
        reason_set(why,
            "the cookie %s came twice, with different values: another host of this domain, or a "
            "page with a longer path, sets it as well, and nobody can tell which one is meant. "
            "Find out who sets the second one; until then, the visitor can delete the cookies of "
            "this site",
            name);
    else
        reason_set(why, "the value of the cookie %s is broken or too long", name);
}

static bool prefixed_next(const char **header, const char *prefix, struct cookie_pair *pair)
{
    size_t len = strlen(prefix);

    while (pair_next(header, pair))
        if (pair->name_len >= len && memcmp(pair->name, prefix, len) == 0)
            return true;
    return false;
}

char *cookie_name_of(const char *header, const char *prefix, char name[COOKIE_NAME_SHOWN])
{
    struct cookie_pair pair;
    size_t len = 0;

    if (prefixed_next(&header, prefix, &pair))
        len = pair.name_len < COOKIE_NAME_SHOWN ? pair.name_len : COOKIE_NAME_SHOWN - 1;
    memcpy(name, len > 0 ? pair.name : "", len);
    name[len] = '\0';
    return name;
}

bool cookie_has_prefix(const char *header, const char *prefix)
{
    struct cookie_pair pair;

    return prefixed_next(&header, prefix, &pair);
}
