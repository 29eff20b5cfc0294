/*
 * json_line: JSON as a line of the output of `belfry --json`.
 *
 * The values come from rows that anybody may have written. Blanks between
 * tokens are removed, so that a document is one line; inside strings,
 * characters that a terminal would obey or not show are written as \uNNNN.
 * Nothing else is changed, least of all numbers.
 */
#ifndef BELFRY_ADMIN_JSON_LINE_H
#define BELFRY_ADMIN_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/buf.h"

/* Appends a JSON document. */
void json_line_add(struct buf *out, const char *json, size_t len);

/* Prints a JSON document and a newline. */
void json_line_print(FILE *out, const char *json, size_t len);

/* Whether the text is a number in JSON syntax. */
bool json_line_is_number(const char *text);

#endif
