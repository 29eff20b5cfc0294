/*
 * members: who is in a group.
 *
 * Whatever a group may write, each of its members may write. Its members are
 * those listed in the group database, and the users in /etc/passwd whose
 * primary group it is.
 */
#ifndef BELFRY_COMMON_MEMBERS_H
#define BELFRY_COMMON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* For a name, or a number if there is no name. */
#define MEMBERS_NAME_SIZE 64

typedef bool members_accept(const void *context, uid_t user);

/* Whether the group has a member that `accept` refuses; `name` is then that member. Thread-safe. */
bool members_have_other(
    gid_t group, members_accept *accept, const void *context, char name[MEMBERS_NAME_SIZE]);

/* Whether the group exists. Thread-safe. */
bool members_know(gid_t group);

/* Returns 0, or -1 if there is no such user. Thread-safe. */
int members_find_user(const char *name, uid_t *user);

/* The user's primary group. Returns 0, or -1 if there is no such user. Thread-safe. */
int members_find_group(uid_t user, gid_t *group);

/* Names to show to people. Return `name`. Thread-safe. */
char *members_user_name(uid_t user, char name[MEMBERS_NAME_SIZE]);
char *members_group_name(gid_t group, char name[MEMBERS_NAME_SIZE]);

#endif
