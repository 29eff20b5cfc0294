/*
 * json: jansson, with the limits that input from the network needs.
 *
 * jansson is strict about syntax and UTF-8, but it accepts 2,048 levels of
 * nesting and, by default, silently lets the last of several equal keys win. It
 * also refuses half a surrogate pair, which JSON.stringify writes when a page
 * has cut a text in the middle of a character. So the input is scanned once
 * here before jansson sees it.
 *
 * Invariant: the work is linear in the size of the input.
 */
#ifndef BELFRY_COMMON_JSON_H
#define BELFRY_COMMON_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/reason.h"

#define JSON_DEPTH_MAX 64
/* The most values and keys in one message from a client: many thousands of tiny ones would block
 * the event loop for milliseconds. */
#define JSON_MESSAGE_VALUES_MAX 4096

/* Parses one JSON value of any type (RFC 8259), at most JSON_DEPTH_MAX levels deep, with nothing
 * after it. A duplicate key is refused in the outermost object; deeper, the last one wins. Strings
 * may contain U+0000: use json_string_length. In a key, where jansson cannot hold it, U+0000
 * becomes U+FFFD, as does half a surrogate pair anywhere. An integer that does not fit into 63 bits
 * is read as a floating-point number. Returns a new reference, or NULL with the reason. */
json_t *json_read(const char *text, size_t len, struct reason *why);

/* As json_read, but one level deeper: for data of the greatest depth in the array or object that
 * carries it. */
json_t *json_read_message(const char *text, size_t len, struct reason *why);

/* As json_read_message, but refuses duplicate keys at any level: for what is written once and for
 * all. */
json_t *json_read_distinct(const char *text, size_t len, struct reason *why);

/* As json_read, but also refuses duplicate keys at any level, strings with U+0000 or half a
 * surrogate pair, and integers that are too large: for what decides about access. */
json_t *json_read_strict(const char *text, size_t len, struct reason *why);

/* Whether stored text can be inserted into a message after json_mend: json_read accepts it, no
 * object at any level has a duplicate key, and it is an object if `object` is set. Returns 0, or -1
 * with the reason. */
int json_check(const char *text, size_t len, bool object, struct reason *why);

/* How many values and keys the text has, as far as it is JSON and not nested deeper than a message
 * may be: parsing it would cost as many allocations. Allocates nothing itself. */
size_t json_values(const char *text, size_t len);

/* Replaces half surrogate pairs by U+FFFD, in place, in text that json_check accepts. */
void json_mend(char *text, size_t len);

/* A member that is a string without U+0000, or NULL. Borrowed from the object. */
const char *json_text(const json_t *object, const char *key);

#endif
