/*
 * known: whether a name that somebody typed is one that Belfry has met.
 *
 * What goes to an unknown name is lost without an error, since anybody may
 * come one day: so the commands warn.
 */
#ifndef BELFRY_ADMIN_KNOWN_H
#define BELFRY_ADMIN_KNOWN_H

#include <sqlite3.h>
#include <stdbool.h>

#include "admin/admin.h"

/* Warns where nobody has ever connected as that user. */
void known_warn_of_user(const struct admin *admin, sqlite3 *db, const char *user);

/* Warns where nobody can have joined that topic, since what it names is unknown. */
void known_warn_of_topic(const struct admin *admin, sqlite3 *db, const char *topic);

/* Whether there is a conversation of that id, or members of one: 1, 0 or -1 with the reason. */
int known_conversation(sqlite3 *db, const char *id, struct reason *why);

/* Whether the id is a whole number as SQLite writes it where it was bound as a float, "42.0": no
 * token has such a sub. `digits` is how many of its octets are the number's. */
bool known_is_float(const char *user, int *digits);

#endif
