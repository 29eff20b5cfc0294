/*
 * json_plain: recognizes plain JSON in one pass that allocates nothing.
 *
 * Nearly all stored JSON is plain: it is valid (RFC 8259, in UTF-8), and has
 * nothing in it that browsers and jansson may read differently. So jansson
 * needs to see only the rest, and to say what is wrong with it. Parsing every
 * row's data with it was a third of the work of delivering a row.
 *
 * Not plain, though possibly valid: half a surrogate pair, an escape in a key,
 * a number with an exponent or with many digits, very many keys at a time.
 */
#ifndef BELFRY_COMMON_JSON_PLAIN_H
#define BELFRY_COMMON_JSON_PLAIN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the text is one plain value, at most `depth_max` levels deep, without duplicate keys at
 * any level. `object`: it must be an object. */
bool json_is_plain(const char *text, size_t len, size_t depth_max, bool object);

#endif
