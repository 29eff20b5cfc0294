#include "common/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/json_plain.h"
#include "common/memory.h"
#include "common/text.h"

/* An integer with fewer digits than this fits into 63 bits. */
#define WIDE_DIGITS 19

/* The length of an escape such as \u0041, and what replaces something jansson cannot hold. */
#define ESCAPE_SIZE 6
#define REPLACEMENT_ESCAPE "\\ufffd"
#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define REPLACEMENT_CODE 0xFFFD

/* A string, as found in one pass. */
struct string {
    size_t from, end; /* the positions of its first quote and after its last */
    bool has_nul;     /* as \u0000, which jansson cannot hold in a key */
    bool has_lone;    /* half a surrogate pair, which jansson refuses */
    bool has_replacement;
};

/* What jansson does not report, collected in one pass over the text. For text that is not JSON this
 * may be wrong, but then jansson refuses it afterwards. */
struct survey {
    size_t values; /* including keys: each costs an allocation */
    size_t outermost_keys;
    size_t distinct_keys; /* those that mending cannot make equal to another */
    bool wants_mending;
    bool too_deep;
};

/* The UTF-16 code of the \uXXXX at `text`, or -1 if there is no such escape. */
static int escaped_code(const char *text, size_t len)
{
    int code = 0;

    if (len < ESCAPE_SIZE || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (size_t i = 2; i < ESCAPE_SIZE; i++) {
        int digit = text_hex_digit(text[i]);
        if (digit < 0)
            return -1;
        code = code * 16 + digit;
    }
    return code;
}

static bool is_low_surrogate(int code)
{
    return code >= 0xDC00 && code <= 0xDFFF;
}

static bool is_surrogate(int code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

/* The length of the escape at text[at]; a surrogate pair counts as one. If `mend` is given, half a
 * pair is replaced there. */
static size_t take_escape(
    const char *text, size_t len, size_t at, struct string *string, char *mend)
{
    int code = escaped_code(text + at, len - at);

    if (code < 0)
        return 2;
    if (is_surrogate(code) && !is_low_surrogate(code) && len - at > ESCAPE_SIZE &&
        is_low_surrogate(escaped_code(text + at + ESCAPE_SIZE, len - at - ESCAPE_SIZE)))
        return 2 * ESCAPE_SIZE;
    string->has_nul |= code == 0;
    string->has_lone |= is_surrogate(code);
    string->has_replacement |= code == REPLACEMENT_CODE;
    if (is_surrogate(code) && mend)
        memcpy(mend + at, REPLACEMENT_ESCAPE, ESCAPE_SIZE);
    return ESCAPE_SIZE;
}

/* The string that begins with the quote at text[at]. */
static struct string take_string(const char *text, size_t len, size_t at, char *mend)
{
    struct string string = {.from = at};

    for (at++; at < len && text[at] != '"';) {
        if (text[at] == '\\') {
            at += take_escape(text, len, at, &string, mend);
            continue;
        }
        string.has_replacement |=
            text[at] == REPLACEMENT[0] && len - at >= 3 && memcmp(text + at, REPLACEMENT, 3) == 0;
        at++;
    }
    string.end = at < len ? at + 1 : len;
    return string;
}

/* U+0000 in a key becomes U+FFFD. */
static void mend_key(const struct string *key, char *mend)
{
    for (size_t at = key->from; at + ESCAPE_SIZE <= key->end;) {
        int code = escaped_code(mend + at, key->end - at);
        if (code == 0)
            memcpy(mend + at, REPLACEMENT_ESCAPE, ESCAPE_SIZE);
        at += mend[at] != '\\' ? 1 : code < 0 ? 2 : ESCAPE_SIZE;
    }
}

/* A string before a colon was a key. Each is checked once, however many colons follow. */
static void take_key(struct survey *seen, struct string *key, bool outermost, char *mend)
{
    seen->outermost_keys += outermost;
    seen->distinct_keys += outermost && !key->has_nul && !key->has_lone && !key->has_replacement;
    seen->wants_mending |= key->has_nul;
    if (key->has_nul && mend)
        mend_key(key, mend);
    *key = (struct string){0};
}

/* The length of the number or word at `text`, or of whatever is there instead. */
static size_t scalar_len(const char *text, size_t len)
{
    size_t end = 0;

    while (end < len && (text[end] == '\0' || !strchr("\"{}[]:, \t\r\n", text[end])))
        end++;
    return end;
}

/* How far the pass has got. */
struct pass {
    const char *text;
    size_t len;
    char *mend; /* a copy of the text to be changed, or NULL */
    size_t depth, depth_max;
    struct string last;
    struct survey seen;
};

static size_t pass_string(struct pass *pass, size_t at)
{
    pass->last = take_string(pass->text, pass->len, at, pass->mend);
    pass->seen.wants_mending |= pass->last.has_lone;
    pass->seen.values++;
    return pass->last.end - at;
}

static size_t pass_opening(struct pass *pass)
{
    pass->seen.too_deep = ++pass->depth > pass->depth_max;
    pass->seen.values++;
    return 1;
}

/* Passes over what is at text[at]; returns its length. */
static size_t pass_next(struct pass *pass, size_t at)
{
    switch (pass->text[at]) {
    case '"':
        return pass_string(pass, at);
    case '{':
    case '[':
        return pass_opening(pass);
    case '}':
    case ']':
        pass->depth -= pass->depth > 0;
        return 1;
    case ':':
        take_key(&pass->seen, &pass->last, pass->depth == 1, pass->mend);
        return 1;
    case ',':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return 1;
    default:
        pass->seen.values++;
        return scalar_len(pass->text + at, pass->len - at);
    }
}

/* Not recursive: the depth is a number, so no input can exhaust the stack. Each byte is looked at a
 * bounded number of times. If `mend` is given, what jansson cannot hold becomes U+FFFD there. */
static struct survey look_over(const char *text, size_t len, size_t depth_max, char *mend)
{
    struct pass pass = {.text = text, .len = len, .mend = mend, .depth_max = depth_max};

    for (size_t at = 0; at < len && !pass.seen.too_deep;)
        at += pass_next(&pass, at);
    return pass.seen;
}

static size_t number_len(const char *text, size_t len)
{
    size_t end = 0;

    while (end < len && text[end] != '\0' && strchr("+-.0123456789Ee", text[end]))
        end++;
    return end;
}

/* Copies the text with an exponent after each integer that may not fit into 63 bits. */
static void widen(const char *text, size_t len, struct buf *out)
{
    for (size_t at = 0; at < len;) {
        size_t number = number_len(text + at, len - at);
        size_t end = at + (number ? number : 1);

        if (text[at] == '"')
            end = take_string(text, len, at, NULL).end;
        buf_add(out, text + at, end - at);
        if (number >= WIDE_DIGITS && !memchr(text + at, '.', number) &&
            !memchr(text + at, 'e', number) && !memchr(text + at, 'E', number))
            buf_add_text(out, "e0");
        at = end;
    }
}

/* Loads the text with jansson. An integer that does not fit into 63 bits becomes a floating-point
 * number, as it does in a browser. No access decision depends on it: json_read_strict refuses it.
 */
static json_t *load_value(const char *text, size_t len, size_t flags, json_error_t *error)
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
    json_t *value = load_value(text, len, flags, &error);
    const char *quote;

    if (value)
        return value;
    /* jansson quotes the input after "near", and the input may be a secret. */
    quote = strstr(error.text, " near ");
    reason_set(why, "not valid JSON: %.*s (line %d, column %d)",
        (int)(quote ? (size_t)(quote - error.text) : strlen(error.text)), error.text, error.line,
        error.column);
    return NULL;
}

/* Whether the outermost object has a duplicate key. Keys with U+FFFD may have become equal by
 * mending, but nobody reads members by such a name. */
static bool has_twin_keys(json_t *object, const struct survey *seen)
{
    size_t distinct = 0;
    const char *key;
    json_t *member;

    if (!json_is_object(object) || json_object_size(object) == seen->outermost_keys)
        return false;
    json_object_foreach (object, key, member) {
        distinct += strstr(key, REPLACEMENT) == NULL;
    }
    return distinct != seen->distinct_keys;
}

static int check_survey(
    const char *text, size_t len, size_t depth_max, const struct survey *seen, struct reason *why)
{
    /* jansson ignores a NUL after a number. */
    if (memchr(text, '\0', len))
        return reason_set(why, "the JSON has a NUL byte");
    if (seen->too_deep)
        return reason_set(why, "JSON is nested deeper than %zu levels", depth_max);
    return 0;
}

static json_t *read_value(
    const char *text, size_t len, size_t depth_max, size_t flags, struct reason *why)
{
    struct survey seen = look_over(text, len, depth_max, NULL);
    char *mended = NULL;
    json_t *value;

    if (check_survey(text, len, depth_max, &seen, why) < 0)
        return NULL;
    if (seen.wants_mending && (flags & JSON_ALLOW_NUL)) {
        mended = mem_alloc(len);
        memcpy(mended, text, len);
        look_over(text, len, depth_max, mended);
    }
    value = parse(mended ? mended : text, len, flags, why);
    free(mended);
    if (has_twin_keys(value, &seen)) {
        reason_set(why, "a key appears twice in the JSON object");
        json_decref(value);
        return NULL;
    }
    return value;
}

size_t json_values(const char *text, size_t len)
{
    return look_over(text, len, JSON_DEPTH_MAX + 1, NULL).values;
}

/* Half a pair can only be an escape. */
void json_mend(char *text, size_t len)
{
    if (!memchr(text, '\\', len))
        return;
    for (size_t at = 0; at < len;)
        at = text[at] == '"' ? take_string(text, len, at, text).end : at + 1;
}

json_t *json_read(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX, JSON_ALLOW_NUL, why);
}

json_t *json_read_message(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX + 1, JSON_ALLOW_NUL, why);
}

json_t *json_read_distinct(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX + 1, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, why);
}

json_t *json_read_strict(const char *text, size_t len, struct reason *why)
{
    return read_value(text, len, JSON_DEPTH_MAX, JSON_REJECT_DUPLICATES, why);
}

int json_check(const char *text, size_t len, bool object, struct reason *why)
{
    json_t *value;
    bool right;

    if (json_is_plain(text, len, JSON_DEPTH_MAX, object))
        return 0;
    value = read_value(text, len, JSON_DEPTH_MAX, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, why);
    right = value && (!object || json_is_object(value));
    if (value && !right)
        reason_set(why, "the JSON is not an object");
    json_decref(value);
    return right ? 0 : -1;
}

const char *json_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);

    return text && strlen(text) == json_string_length(value) ? text : NULL;
}
