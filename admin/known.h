/*
 * known: warns about names that Belfry has never seen.
 *
 * What is sent to an unknown user is not an error, since that user may connect
 * one day; but often the name is a typing error, so commands warn.
 */
#ifndef BELFRY_ADMIN_KNOWN_H
#define BELFRY_ADMIN_KNOWN_H

#include <sqlite3.h>
#include <stdbool.h>

#include "admin/admin.h"

/* Warns if nobody has ever connected as that user. */
void known_warn_of_user(const struct admin *admin, sqlite3 *db, const char *user);

/* Warns if nobody can have joined that topic, because it names something unknown. */
void known_warn_of_topic(const struct admin *admin, sqlite3 *db, const char *topic);

/* Whether a conversation has this id, or members under it. Returns 1, 0, or -1 with the reason. */
int known_conversation(sqlite3 *db, const char *id, struct reason *why);

/* Answers for many users with one prepared statement. NULL if it cannot be prepared: then everybody
 * counts as known, as they do if the database fails. The database must outlive it. */
struct known_users *known_users_new(sqlite3 *db);
void known_users_free(struct known_users *known);
/* Whether that user has ever connected, as far as `presence` records it. */
bool known_users_has(struct known_users *known, const char *user);

/* Whether the id is a whole number that was bound as a float, so that SQLite wrote it as "42.0": no
 * token has such a sub. `digits` is the length of the number itself. */
bool known_is_float(const char *user, int *digits);

#endif
