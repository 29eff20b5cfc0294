/*
 * contacts: a set of users, sorted by where they lie: those of the ones who are
 * here that hear of each other. A zeroed set is empty. The users are lent: each
 * leaves all sets before it is freed (user.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_CONTACTS_H
#define BELFRY_GATEWAY_REALTIME_CONTACTS_H

#include <stdbool.h>
#include <stddef.h>

struct user;

struct contacts {
    struct user **users;
    size_t count, size;
};

bool contacts_hold(const struct contacts *contacts, const struct user *user);
/* False where it was there already, or was not there. */
bool contacts_add(struct contacts *contacts, struct user *user);
bool contacts_remove(struct contacts *contacts, const struct user *user);
void contacts_release(struct contacts *contacts);

#endif
