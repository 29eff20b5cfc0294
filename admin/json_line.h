/*
 * json_line: JSON as a line of what `belfry --json` prints.
 *
 * The values come from rows that anybody may have written. Blanks between
 * tokens go, so that a document is one line; in strings what a terminal would
 * obey, or not show, is spelled \uNNNN. Nothing else is changed, numbers least
 * of all.
 */
#ifndef BELFRY_ADMIN_JSON_LINE_H
#define BELFRY_ADMIN_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/buf.h"

/* Appends a JSON document. */
void json_line_add(struct buf *out, const char *json, size_t len);

/* Prints a JSON document and the newline. */
void json_line_print(FILE *out, const char *json, size_t len);

/* Whether the text is a number as JSON spells it. */
bool json_line_is_number(const char *text);

#endif
