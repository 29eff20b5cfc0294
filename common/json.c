#include "common/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/memory.h"

/* An integer with fewer digits fits into 63 bits. */
#define WIDE_DIGITS 19

/* What jansson does not tell, seen by passing over the text once. What is no JSON may come out
 * wrong here: jansson refuses it afterwards. */
struct survey {
    size_t outermost_keys;
    bool key_has_nul; /* jansson cannot hold U+0000 in a key */
    bool too_deep;
};

/* The octet behind the closing quote. */
static size_t skip_string(const char *text, size_t len, size_t at)
{
    for (at++; at < len && text[at] != '"'; at++)
        if (text[at] == '\\')
            at++;
    return at < len ? at + 1 : len;
}

/* The next \u0000 in text[from..to), or `to`. */
static size_t find_nul_escape(const char *text, size_t from, size_t to)
{
    for (size_t at = from; at + 6 <= to; at++) {
        if (text[at] != '\\')
            continue;
        if (memcmp(text + at, "\\u0000", 6) == 0)
            return at;
        at++;
    }
    return to;
}

/* Calls itself never: the depth is a number, so no input can use up the stack. `mend`, where given,
 * is the same text to be changed: U+0000 in keys becomes U+FFFD. */
static struct survey look_over(const char *text, size_t len, size_t depth_max, char *mend)
{
    struct survey seen = {0};
    size_t depth = 0;
    size_t string = 0, string_end = 0;

    for (size_t at = 0; at < len && !seen.too_deep;) {
        char c = text[at];
        if (c == '"') {
            string = at;
            at = string_end = skip_string(text, len, at);
            continue;
        }
        if (c == '{' || c == '[')
            seen.too_deep = ++depth > depth_max;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        else if (c == ':') { /* what stands before it was a key */
            seen.outermost_keys += depth == 1;
            for (size_t nul = string; (nul = find_nul_escape(text, nul, string_end)) < string_end;
                 nul += 6) {
                seen.key_has_nul = true;
                if (mend)
                    memcpy(mend + nul, "\\ufffd", 6);
            }
        }
        at++;
    }
    return seen;
}

static size_t number_len(const char *text, size_t len)
{
    size_t end = 0;

    while (end < len && text[end] != '\0' && strchr("+-.0123456789Ee", text[end]))
        end++;
    return end;
}

/* The same with an exponent behind each integer that 63 bits may not hold. */
static void widen(const char *text, size_t len, struct buf *out)
{
    for (size_t at = 0; at < len;) {
        size_t number = number_len(text + at, len - at);
        size_t end = text[at] == '"' ? skip_string(text, len, at) : at + (number ? number : 1);

        buf_add(out, text + at, end - at);
        if (number >= WIDE_DIGITS && !memchr(text + at, '.', number) &&
            !memchr(text + at, 'e', number) && !memchr(text + at, 'E', number))
            buf_add_text(out, "e0");
        at = end;
    }
}

/* An integer that a browser's numbers hold and 63 bits do not becomes what it is there: a
 * floating-point number. Nowhere does a right hang on it: json_read_strict takes none. */
static json_t *load(const char *text, size_t len, size_t flags, json_error_t *error)
{
    json_t *value = json_loadb(text, len, flags | JSON_DECODE_ANY, error);
    struct buf wide;

    if (value || json_error_code(error) != json_error_numeric_overflow || !(flags & JSON_ALLOW_NUL))
        return value;
    buf_init(&wide, SIZE_MAX);
    widen(text, len, &wide);
    value = json_loadb(wide.data, wide.len, flags | JSON_DECODE_ANY, error);
    buf_release(&wide);
    return value;
}

static json_t *parse(const char *text, size_t len, size_t flags, struct reason *why)
{
    json_error_t error;
    json_t *value = load(text, len, flags, &error);
    const char *quote;

    if (value)
        return value;
    /* jansson quotes the input behind "near", and the input may be somebody's secret. */
    quote = strstr(error.text, " near ");
    reason_set(why, "no valid JSON: %.*s (line %d, column %d)",
        (int)(quote ? (size_t)(quote - error.text) : strlen(error.text)), error.text, error.line,
        error.column);
    return NULL;
}

static json_t *read_value(
    const char *text, size_t len, size_t depth_max, size_t flags, struct reason *why)
{
    struct survey seen = look_over(text, len, depth_max, NULL);
    char *mended = NULL;
    json_t *value;

    /* jansson loses one that stands behind a number. */
    if (memchr(text, '\0', len)) {
        reason_set(why, "the JSON has a NUL octet");
        return NULL;
    }
    if (seen.too_deep) {
        reason_set(why, "JSON is nested deeper than %zu levels", depth_max);
        return NULL;
    }
    if (seen.key_has_nul && (flags & JSON_ALLOW_NUL)) {
        mended = mem_alloc(len);
        memcpy(mended, text, len);
        look_over(text, len, depth_max, mended);
    }
    value = parse(mended ? mended : text, len, flags, why);
    free(mended);
    if (json_is_object(value) && json_object_size(value) != seen.outermost_keys) {
        reason_set(why, "a key stands twice in the JSON object");
        json_decref(value);
        return NULL;
    }
    return value;
}

json_t *json_read(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX, JSON_ALLOW_NUL, why);
}

json_t *json_read_message(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX + 1, JSON_ALLOW_NUL, why);
}

json_t *json_read_strict(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX, JSON_REJECT_DUPLICATES, why);
}

int json_check(const char *text, size_t len, bool object, struct reason *why)
{
    json_t *value =
        read_value(text, len, JSON_DEPTH_MAX, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, why);
    bool right = value && (!object || json_is_object(value));

    if (value && !right)
        reason_set(why, "the JSON is no object");
    json_decref(value);
    return right ? 0 : -1;
}

const char *json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);

    return text && strlen(text) == json_string_length(value) ? text : NULL;
}
