/*
 * cookie: one value out of a Cookie header (RFC 6265, section 4.2.1).
 *
 * The rules are stricter than those of most frameworks. Names match exactly; a
 * pair without "=" is not a cookie; a quoted value loses its quotes; the value is
 * percent-decoded once, because the frameworks that set session cookies encode
 * them once. An encoding that is broken, or that decodes to control characters,
 * makes the cookie worthless.
 *
 * A header may contain several cookies of one name: a sibling host can set one
 * for the whole domain, a page one with a longer path, and nothing in the header
 * tells them apart (cookie tossing). If their values differ, nobody knows whose
 * session was meant, so none of them counts. A cookie and its own chunks are
 * compared in the same way.
 */
#ifndef BELFRY_AUTH_COOKIE_H
#define BELFRY_AUTH_COOKIE_H

#include <stdbool.h>

#include "common/buf.h"
#include "common/reason.h"

enum cookie_found { COOKIE_ABSENT, COOKIE_FOUND, COOKIE_BROKEN, COOKIE_TWICE };

/* Appends the value of the cookie to `value`, which then is a string. */
enum cookie_found cookie_find(const char *header, const char *name, struct buf *value);

/* A cookie that a framework may have split because it was too long: the one of this name, or
 * "<name>.0", "<name>.1" … joined, in whatever order they come, but without a gap. */
enum cookie_found cookie_find_chunked(const char *header, const char *name, struct buf *value);

/* Says why a cookie is worthless: COOKIE_BROKEN or COOKIE_TWICE. */
void cookie_explain(enum cookie_found found, const char *name, struct reason *why);

/* Writes the name, or as much as fits of it, of the first cookie whose name begins with the prefix;
 * "" where there is none. Returns `name`. */
#define COOKIE_NAME_SHOWN 64
char *cookie_name_of(const char *header, const char *prefix, char name[COOKIE_NAME_SHOWN]);

/* Whether there is a cookie whose name begins with the prefix. */
bool cookie_has_prefix(const char *header, const char *prefix);

#endif
