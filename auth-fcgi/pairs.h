/*
 * pairs: the names and values inside FastCGI's PARAMS and GET_VALUES records
 * (FastCGI 1.0, section 3.4), looked over before libfcgi takes them: lengths
 * that reach past the end make it wait for octets that never come, or abort.
 */
#ifndef BELFRY_AUTH_PAIRS_H
#define BELFRY_AUTH_PAIRS_H

#include <stddef.h>

#include "common/reason.h"

#define PAIRS_MAX 1024

struct pair {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

/* Takes the next pair off. Returns 1, 0 at the end, -1 where the lengths reach past it. */
int pairs_next(const char **at, const char *end, struct pair *pair);

/* Whether all are whole and can be strings "NAME=value": a name without "=" or control octets, a
 * value without NUL, and without line ends but for certificates (SSL_*). Returns 0, or -1 with the
 * reason. */
int pairs_check(const char *octets, size_t len, struct reason *why);

#endif
