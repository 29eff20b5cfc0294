/*
 * json: jansson with the bounds that input from the net needs.
 *
 * jansson is strict about syntax and UTF-8, but takes 2,048 levels and, unless
 * told otherwise, silently lets the last of two equal keys win. Here input is
 * looked over once before jansson sees it.
 */
#ifndef BELFRY_COMMON_JSON_H
#define BELFRY_COMMON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

#define JSON_DEPTH_MAX 64

/* Parses one JSON value of any type (RFC 8259), at most JSON_DEPTH_MAX levels deep, with nothing
 * behind it. In the outermost object a key may stand once; deeper, the last one wins. Strings may
 * hold U+0000: take them with json_string_length; in a key, where jansson cannot hold it, it
 * becomes U+FFFD. An integer too large for 63 bits is read as a floating-point number. Returns a
 * new reference, or NULL with the reason. */
json_t *json_read(const char *text, size_t len, struct reason *why);

/* As json_read, but one level deeper: data that is itself as deep as may be, and the array or
 * object that carries it. */
json_t *json_read_message(const char *text, size_t len, struct reason *why);

/* As json_read, but a key may stand once at every level, no string holds U+0000 and no integer is
 * too large: for what decides about rights. */
json_t *json_read_strict(const char *text, size_t len, struct reason *why);

/* Whether stored text can be spliced into a message as it is: json_read takes it, no key stands
 * twice at any level, and it is an object where `object` is set. 0, or -1 with the reason. */
int json_check(const char *text, size_t len, bool object, struct reason *why);

/* A member that is a string without U+0000, or NULL. Borrowed from the object. */
const char *json_text(const json_t *object, const char *key);

#endif
