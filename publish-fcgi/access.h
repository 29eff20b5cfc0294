/*
 * access: what a publishing key may do, and whom it may name.
 */
#ifndef BELFRY_PUBLISH_ACCESS_H
#define BELFRY_PUBLISH_ACCESS_H

#include <stdbool.h>

#include "common/publication.h"
#include "common/publish_key.h"

/* Whether the user is among those whom the key may name. */
bool access_covers_user(const struct publish_key *key, const char *user);

/* The field of the row that the key may not give, since it names somebody else; -1: there is none.
 * A key that is bound to some users may broadcast to a topic of one of these users alone. */
int access_field_outside(const struct publish_key *key, const struct publication_row *row);

#endif
