/*
 * strangers: users whom a user's pages were shown as online, and with whom the
 * user shares no conversation any more. What the pages show about them may be
 * out of date; it is corrected when the two share a conversation again.
 *
 * The store reports memberships of users in such a set even while they are not
 * connected. A set holds the newest STRANGERS_MAX users, and exists while it is
 * not empty.
 */
#ifndef BELFRY_GATEWAY_REALTIME_STRANGERS_H
#define BELFRY_GATEWAY_REALTIME_STRANGERS_H

#include <stdbool.h>
#include <stddef.h>

#define STRANGERS_MAX 1000

struct user;

/* The strangers of one user; NULL: none. */
struct strangers {
    size_t count, size;
    char *ids[];
};

bool strangers_hold(const struct user *user, const char *id);
void strangers_add(struct user *user, const char *id);
void strangers_remove(struct user *user, const char *id);
void strangers_remove_all(struct user *user);

#endif
