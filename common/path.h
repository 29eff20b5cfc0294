/*
 * path: whether a value that should name a file can be the name of one.
 *
 * SQLite makes a file of nearly any text, and a folder is made for it: an
 * address of another database would become a file of that name, and nobody
 * would hear of it.
 */
#ifndef BELFRY_COMMON_PATH_H
#define BELFRY_COMMON_PATH_H

#include "common/reason.h"

/* Returns 0, or -1 with a sentence for what is clearly no path: postgresql://…, file:…, :memory:,
 * host=…, a folder, a path in quotes, ~/…. It repeats no more of an address than its scheme: a
 * password may follow. */
int path_check(const char *text, struct reason *why);

#endif
