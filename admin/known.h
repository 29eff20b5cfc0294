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

/* Answers for many users by one prepared statement. NULL where it cannot be prepared: then
 * everybody counts as known, as they do where the database fails. The database must outlive it. */
struct known_users *known_users_new(sqlite3 *db);
void known_users_free(struct known_users *known);
/* Whether that user has ever been connected, as far as `presence` remembers. */
bool known_users_has(struct known_users *known, const char *user);

/* Whether the id is a whole number as SQLite writes it where it was bound as a float, "42.0": no
 * token has such a sub. `digits` is how many of its octets are the number's. */
bool known_is_float(const char *user, int *digits);

#endif
