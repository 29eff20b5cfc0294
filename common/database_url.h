/*
 * database_url: what the setting `database` names: a SQLite file, or a
 * PostgreSQL database by its URL.
 *
 * postgresql://user@host:port/database?sslmode=verify-full, with everything
 * that libpq takes there. A password may be part of it, so a URL is shown to
 * people only as database_url_shown makes it.
 */
#ifndef BELFRY_COMMON_DATABASE_URL_H
#define BELFRY_COMMON_DATABASE_URL_H

#include <stdbool.h>

#include "common/reason.h"

/* Whether it is a URL of PostgreSQL: it begins with postgresql:// or postgres://. Anything else is
 * the path of a file. */
bool database_url_is(const char *database);

/* Whether this program can use the URL: 0, or -1 with a sentence that repeats no part of it, since
 * a password may be anywhere in one that is malformed. */
int database_url_check(const char *url, struct reason *why);

/* The path of a file as it is; a URL without its password. malloc()ed. */
char *database_url_shown(const char *database);

#endif
