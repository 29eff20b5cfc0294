/*
 * text: bytes that should be UTF-8, one character at a time.
 *
 * What comes from a peer, a row or a file may be anything. These functions
 * never fail: a byte that does not begin a character (RFC 3629, section 4: not
 * overlong, no surrogate, nothing above U+10FFFF) is a step of its own.
 */
#ifndef BELFRY_COMMON_TEXT_H
#define BELFRY_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the character at `text`, 1 to 4, or 0 if none begins there or it is cut off. */
size_t text_character(const char *text, size_t len);

/* How many bytes at the beginning are printable ASCII, which is nearly all there is: they need no
 * look at each character. */
size_t text_plain(const char *text, size_t len);

bool text_is_utf8(const char *text, size_t len);

/* How many characters text that is UTF-8 has, as SQLite's length() counts them. */
size_t text_characters(const char *text);

/* Whether it contains C0, DEL or C1 control characters. */
bool text_has_control(const char *text, size_t len);

/* The value of the hexadecimal digit, or -1 if it is not one. */
int text_hex_digit(char c);

/* The length of the longest beginning of at most `max` bytes that does not cut a character. */
size_t text_cut(const char *text, size_t len, size_t max);

/* The size of the longest output of the functions below, with NUL. */
#define TEXT_STEP_SIZE 17

/* Each reads one step of `text` (len > 0), writes it NUL-terminated to `out`, which has
 * TEXT_STEP_SIZE bytes, and returns how many bytes of `text` it read. */

/* For a log line or a terminal: control characters, characters that are invisible or change the
 * direction of text, and stray bytes are written as \xNN. */
size_t text_step_shown(const char *text, size_t len, char *out);
/* The same inside "double quotes": quotes and backslashes are escaped, too. */
size_t text_step_quoted(const char *text, size_t len, char *out);
/* Inside a JSON string (RFC 8259, section 7): stray bytes become U+FFFD. */
size_t text_step_json(const char *text, size_t len, char *out);
/* The same for JSON that is shown on a terminal: what text_step_shown escapes is written as \uNNNN.
 */
size_t text_step_json_shown(const char *text, size_t len, char *out);

#endif
