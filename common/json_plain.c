#include "common/json_plain.h"

#include <string.h>

#include "common/text.h"

/* Keys of all objects that are open at a time. Each is compared with those of its object. */
#define KEYS_MAX 64
/* A number of this many characters, without an exponent, cannot overflow. */
#define NUMBER_MAX 18
/* The length of \uXXXX. */
#define UNICODE_ESCAPE 6

struct key {
    const char *text;
    size_t len;
};

struct reader {
    const char *at, *end;
    size_t depth_left;
    struct key keys[KEYS_MAX];
    size_t key_count;
};

/* The next character, or NUL at the end: that is valid nowhere. */
static char reader_peek(const struct reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static bool reader_take(struct reader *reader, char expected)
{
    if (reader_peek(reader) != expected)
        return false;
    reader->at++;
    return true;
}

static char reader_skip_space(struct reader *reader)
{
    char next;

    while ((next = reader_peek(reader)) == ' ' || next == '\t' || next == '\n' || next == '\r')
        reader->at++;
    return next;
}

/* The UTF-16 code of the \uXXXX that comes next; -1: there is none. */
static int read_code(struct reader *reader)
{
    int code = 0;

    if (reader->end - reader->at < UNICODE_ESCAPE || memcmp(reader->at, "\\u", 2) != 0)
        return -1;
    for (size_t i = 2; i < UNICODE_ESCAPE; i++) {
        int digit = text_hex_digit(reader->at[i]);

        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    reader->at += UNICODE_ESCAPE;
    return code;
}

/* At the backslash. */
static bool read_escape(struct reader *reader)
{
    char which = reader->end - reader->at > 1 ? reader->at[1] : '\0';
    int code, low;

    if (which != '\0' && strchr("\"\\/bfnrt", which)) {
        reader->at += 2;
        return true;
    }
    code = read_code(reader);
    if (code < 0xD800 || code > 0xDFFF)
        return code >= 0;
    low = code < 0xDC00 ? read_code(reader) : -1;
    return low >= 0xDC00 && low <= 0xDFFF;
}

/* The text is known to be UTF-8. */
static bool read_string(struct reader *reader, bool may_escape)
{
    if (!reader_take(reader, '"'))
        return false;
    for (;;) {
        unsigned char next = (unsigned char)reader_peek(reader);

        if (next == '"' || next < ' ')
            return reader_take(reader, '"');
        if (next != '\\')
            reader->at++;
        else if (!may_escape || !read_escape(reader))
            return false;
    }
}

static bool read_digits(struct reader *reader)
{
    const char *from = reader->at;

    while (reader_peek(reader) >= '0' && reader_peek(reader) <= '9')
        reader->at++;
    return reader->at > from;
}

static bool read_number(struct reader *reader)
{
    const char *from = reader->at;

    reader_take(reader, '-');
    if (!reader_take(reader, '0') && !read_digits(reader))
        return false;
    if (reader_take(reader, '.') && !read_digits(reader))
        return false;
    return reader->at - from <= NUMBER_MAX && reader_peek(reader) != 'e' &&
           reader_peek(reader) != 'E';
}

static bool read_word(struct reader *reader, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
        return false;
    reader->at += len;
    return true;
}

/* Reads a key that none of the object's others, from the `first` on, is equal to. */
static bool read_key(struct reader *reader, size_t first)
{
    struct key key = {.text = reader->at};

    if (reader->key_count == KEYS_MAX || !read_string(reader, false))
        return false;
    key.len = (size_t)(reader->at - key.text);
    for (size_t i = first; i < reader->key_count; i++)
        if (reader->keys[i].len == key.len && memcmp(reader->keys[i].text, key.text, key.len) == 0)
            return false;
    reader->keys[reader->key_count++] = key;
    return true;
}

static bool read_value(struct reader *reader);

static bool read_member(struct reader *reader, size_t first)
{
    reader_skip_space(reader);
    if (!read_key(reader, first))
        return false;
    reader_skip_space(reader);
    return reader_take(reader, ':') && read_value(reader);
}

/* An object or an array, as `closing` says. The recursion is as deep as the text may be nested. */
static bool read_container(struct reader *reader, char closing)
{
    size_t first = reader->key_count;

    reader->at++;
    if (reader->depth_left == 0)
        return false;
    reader->depth_left--;
    if (reader_skip_space(reader) != closing) {
        do {
            if (closing == '}' ? !read_member(reader, first) : !read_value(reader))
                return false;
            reader_skip_space(reader);
        } while (reader_take(reader, ','));
    }
    reader->depth_left++;
    reader->key_count = first;
    return reader_take(reader, closing);
}

static bool read_value(struct reader *reader)
{
    switch (reader_skip_space(reader)) {
    case '"':
        return read_string(reader, true);
    case '{':
        return read_container(reader, '}');
    case '[':
        return read_container(reader, ']');
    case 't':
        return read_word(reader, "true");
    case 'f':
        return read_word(reader, "false");
    case 'n':
        return read_word(reader, "null");
    default:
        return read_number(reader);
    }
}

bool json_is_plain(const char *text, size_t len, size_t depth_max, bool object)
{
    struct reader reader = {.at = text, .end = text + len, .depth_left = depth_max};

    if (!text_is_utf8(text, len) || (reader_skip_space(&reader) != '{' && object))
        return false;
    if (!read_value(&reader))
        return false;
    reader_skip_space(&reader);
    return reader.at == reader.end;
}
