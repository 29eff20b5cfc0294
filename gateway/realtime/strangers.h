/*
 * strangers: users whom a user's pages were shown as online, and with whom the
 * user shares no conversation any more. What the pages show of them may be out
 * of date; it is put right when the two share a conversation again.
 *
 * The store reports memberships of those in such a set even while they are
 * not connected. A set holds at most STRANGERS_MAX, the newest, and exists
 * while someone is in it.
 */
#ifndef BELFRY_GATEWAY_REALTIME_STRANGERS_H
#define BELFRY_GATEWAY_REALTIME_STRANGERS_H

#include <stdbool.h>
#include <stddef.h>

#define STRANGERS_MAX 1000

struct user;

/* Of one user; NULL: nobody. */
struct strangers {
    size_t count, size;
    char *ids[];
};

bool strangers_hold(const struct user *user, const char *id);
void strangers_add(struct user *user, const char *id);
void strangers_remove(struct user *user, const char *id);
void strangers_remove_all(struct user *user);

#endif
