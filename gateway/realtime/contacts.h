/*
 * contacts: a set of users connected here: those who are told when a user comes
 * or goes (presence_contacts.h). It is sorted by address. A zeroed set is
 * empty. The users are lent: each leaves all sets before it is freed.
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
/* False if the user was in the set already, or was not in it. */
bool contacts_add(struct contacts *contacts, struct user *user);
bool contacts_remove(struct contacts *contacts, const struct user *user);
void contacts_release(struct contacts *contacts);

#endif
