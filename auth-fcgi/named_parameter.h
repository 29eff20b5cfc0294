/*
 * named_parameter: SQL whose parameter is :token, as PostgreSQL takes it: $1.
 */
#ifndef BELFRY_AUTH_NAMED_PARAMETER_H
#define BELFRY_AUTH_NAMED_PARAMETER_H

#include <stddef.h>

#include "common/buf.h"

/* Appends the SQL with $1 for each :token that is neither in a string, nor in a quoted name, nor in
 * a comment. Returns how many there were. */
size_t named_parameter_replace(const char *sql, struct buf *out);

#endif
