/*
 * known: warns about names that Belfry has never seen.
 *
 * What is sent to an unknown user is not an error, since that user may connect
 * one day; but often the name is a typing error, so commands warn.
 */
#ifndef BELFRY_ADMIN_KNOWN_H
#define BELFRY_ADMIN_KNOWN_H

#include <stdbool.h>

#include "admin/admin.h"

/* Warns if nobody has ever connected as that user. */
void known_warn_of_user(const struct admin *admin, struct sql *queue, const char *user);

/* Warns if nobody can have joined that topic, because it names something unknown. */
void known_warn_of_topic(const struct admin *admin, struct sql *queue, const char *topic);

/* Whether a conversation has this id, or members under it. Returns 1, 0, or -1 with the reason. */
int known_conversation(struct sql *queue, const char *id, struct reason *why);

/* Whether that user has ever connected, as far as `presence` records it; true if the database
 * fails.
 */
bool known_user(struct sql *queue, const char *user);

/* Tells of each of the users, a JSON array of ids, as whom nobody has ever connected, in order. If
 * the database fails, all are known. */
void known_strangers(struct sql *queue, const char *users,
    void (*told)(void *context, const char *user), void *context);

/* Whether the id is a whole number that was bound as a float, so that SQLite wrote it as "42.0": no
 * token has such a sub. `digits` is the length of the number itself. */
bool known_is_float(const char *user, int *digits);

#endif
