/*
 * completion_values: what the value of an option, or an operand, may be. Its
 * name in the help says it: FILE, STATUS, yes|no.
 */
#ifndef BELFRY_ADMIN_COMPLETION_VALUES_H
#define BELFRY_ADMIN_COMPLETION_VALUES_H

#include <stdbool.h>

#include "common/buf.h"

/* Whether a file can be given. NULL, for none, is fine here and below. */
bool completion_is_file(const char *name);

/* Appends the words that can be given, each with a space behind it: none if they are unknown or any
 * number. */
void completion_add_words(struct buf *out, const char *name);

#endif
