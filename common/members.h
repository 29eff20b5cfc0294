/*
 * members: who is in a group.
 *
 * What a group may write, each of its members may. Its members are those that
 * the group database names, and the users of /etc/passwd whose own group it is.
 */
#ifndef BELFRY_COMMON_MEMBERS_H
#define BELFRY_COMMON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A name, or a number where there is no name. */
#define MEMBERS_NAME_SIZE 64

typedef bool members_accept(const void *context, uid_t user);

/* Whether the group has a member that `accept` does not take; then `name` is that member's.
 * Thread-safe. */
bool members_have_other(
    gid_t group, members_accept *accept, const void *context, char name[MEMBERS_NAME_SIZE]);

/* Whether there is such a group. Thread-safe. */
bool members_know(gid_t group);

/* Returns 0, or -1 where there is no such user. Thread-safe. */
int members_find_user(const char *name, uid_t *user);

/* The user's own group. Returns 0, or -1 where there is no such user. Thread-safe. */
int members_find_group(uid_t user, gid_t *group);

/* Names for sentences. Return `name`. Thread-safe. */
char *members_user_name(uid_t user, char name[MEMBERS_NAME_SIZE]);
char *members_group_name(gid_t group, char name[MEMBERS_NAME_SIZE]);

#endif
