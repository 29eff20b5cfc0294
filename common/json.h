/*
 * json: jansson with the bounds that input from the net needs.
 *
 * jansson is strict about syntax and UTF-8, but takes 2,048 levels and, unless
 * told otherwise, silently lets the last of two equal keys win. Nor does it take
 * half a surrogate pair, which JSON.stringify writes where a page has cut a text
 * amid a character. Here input is looked over once before jansson sees it.
 *
 * Invariant: the work grows no faster than the input.
 */
#ifndef BELFRY_COMMON_JSON_H
#define BELFRY_COMMON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

#define JSON_DEPTH_MAX 64
/* Values and keys of one message that a client sends: thousands of tiny ones would keep the loop
 * busy for milliseconds. */
#define JSON_MESSAGE_VALUES_MAX 4096

/* Parses one JSON value of any type (RFC 8259), at most JSON_DEPTH_MAX levels deep, with nothing
 * behind it. In the outermost object a key may stand once; deeper, the last one wins. Strings may
 * hold U+0000: take them with json_string_length; in a key, where jansson cannot hold it, it
 * becomes U+FFFD, as half a surrogate pair does everywhere. An integer too large for 63 bits is
 * read as a floating-point number. Returns a new reference, or NULL with the reason. */
json_t *json_read(const char *text, size_t len, struct reason *why);

/* As json_read, but one level deeper: data that is itself as deep as may be, and the array or
 * object that carries it. */
json_t *json_read_message(const char *text, size_t len, struct reason *why);

/* As json_read, but a key may stand once at every level, no string holds U+0000 or half a surrogate
 * pair, and no integer is too large: for what decides about rights. */
json_t *json_read_strict(const char *text, size_t len, struct reason *why);

/* Whether stored text can be spliced into a message, after json_mend: json_read takes it, no key
 * stands twice at any level, and it is an object where `object` is set. 0, or -1 with the reason.
 */
int json_check(const char *text, size_t len, bool object, struct reason *why);

/* How many values and keys the text has, as far as it is JSON and no deeper than a message: to read
 * it costs so many allocations. Makes none itself. */
size_t json_values(const char *text, size_t len);

/* In text that json_check takes, half surrogate pairs become U+FFFD, in place. */
void json_mend(char *text, size_t len);

/* A member that is a string without U+0000, or NULL. Borrowed from the object. */
const char *json_text(const json_t *object, const char *key);

#endif
