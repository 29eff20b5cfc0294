/*
 * pairs: the names and values inside FastCGI's PARAMS and GET_VALUES records
 * (FastCGI 1.0, section 3.4), checked before libfcgi sees them: a length that
 * reaches past the end makes it wait for bytes that never come, or abort.
 */
#ifndef BELFRY_FCGI_PAIRS_H
#define BELFRY_FCGI_PAIRS_H

#include <stddef.h>

#include "common/reason.h"

/* Parameters of one request. */
#define PAIRS_MAX 1024

/* Not NUL-terminated. */
struct pair {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

/* Takes the next pair off. Returns 1, 0 at the end, -1 where a length reaches past the end. */
int pairs_next(const char **at, const char *end, struct pair *pair);

/* Whether all pairs are whole and can become strings "NAME=value": no "=" or control character in a
 * name, no NUL in a value, and no line end either, except in certificates (SSL_*). Returns 0, or -1
 * with the reason. */
int pairs_check(const char *bytes, size_t len, struct reason *why);

#endif
