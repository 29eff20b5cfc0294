/*
 * text: octets that claim to be UTF-8, taken one character at a time.
 *
 * What comes from a peer, a row or a file may be anything. These walk over it
 * and never fail: an octet that begins no character (RFC 3629, section 4: not
 * overlong, no surrogate, nothing past U+10FFFF) is a step of its own.
 */
#ifndef BELFRY_COMMON_TEXT_H
#define BELFRY_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Octets of the character at `text`, 1 to 4, or 0 where none begins or it is cut. */
size_t text_character(const char *text, size_t len);

bool text_is_utf8(const char *text, size_t len);

/* C0, DEL and C1 control characters in it? */
bool text_has_control(const char *text, size_t len);

/* What the hexadecimal digit stands for, or -1 where it is none. */
int text_hex_digit(char c);

/* The longest beginning of at most `max` octets that cuts no character. */
size_t text_cut(const char *text, size_t len, size_t max);

/* Octets of the longest step written below, with NUL. */
#define TEXT_STEP_SIZE 17

/* Each takes one step of `text` (len > 0), writes it to `out` (TEXT_STEP_SIZE octets,
 * NUL-terminated) and returns how many octets of `text` it took. */

/* For a log line or a terminal: control characters, those that are not to be seen or that turn the
 * direction of text, and stray octets come out as \xNN. */
size_t text_step_shown(const char *text, size_t len, char *out);
/* The same inside "double quotes": quotes and backslashes are escaped too. */
size_t text_step_quoted(const char *text, size_t len, char *out);
/* Inside a JSON string (RFC 8259, section 7): stray octets become U+FFFD. */
size_t text_step_json(const char *text, size_t len, char *out);
/* The same for JSON that a terminal may be shown: what text_step_shown escapes is \uNNNN. */
size_t text_step_json_shown(const char *text, size_t len, char *out);

#endif
