/*
 * path: whether a setting that should name a file can be a file's name.
 *
 * SQLite creates a file of nearly any name, and a folder is created for it: the
 * address of another database would silently become a file of that name.
 */
#ifndef BELFRY_COMMON_PATH_H
#define BELFRY_COMMON_PATH_H

#include "common/reason.h"

/* Returns 0, or -1 with a sentence if the text is clearly not a path: postgresql://…, file:…,
 * :memory:, host=…, a folder, a path in quotes, ~/…. The sentence repeats only the scheme of an
 * address: a password may follow. */
int path_check(const char *text, struct reason *why);

#endif
