/*
 * cookie: one value out of a Cookie header (RFC 6265, section 4.2.1).
 *
 * The rules, all on the strict side of what frameworks do: names are exact;
 * of two cookies of one name the first counts; a pair without "=" is none;
 * a quoted value loses its quotes; the value is percent-decoded once, as the
 * frameworks that set session cookies encode once. An encoding that is broken,
 * or that decodes to control octets, makes the cookie worthless.
 */
#ifndef BELFRY_AUTH_COOKIE_H
#define BELFRY_AUTH_COOKIE_H

#include <stdbool.h>

#include "common/buf.h"

enum cookie_found { COOKIE_ABSENT, COOKIE_FOUND, COOKIE_BROKEN };

/* Appends the value of the cookie to `value`, which is a string then. */
enum cookie_found cookie_find(const char *header, const char *name, struct buf *value);

/* A cookie that a framework split because it was too long: the whole one of this name where it is
 * there, else "<name>.0", "<name>.1" … joined, in whatever order they come, without a gap. */
enum cookie_found cookie_find_chunked(const char *header, const char *name, struct buf *value);

/* Whether there is a cookie whose name begins so. */
bool cookie_has_prefix(const char *header, const char *prefix);

#endif
