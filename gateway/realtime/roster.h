/*
 * roster: which connected users are in which conversation.
 *
 * A seat is one user in one conversation; it is in two lists, the
 * conversation's and the user's. A zeroed roster is empty. All seats of a user
 * are removed before it is freed.
 *
 * hub.h has the same shape for clients and topics, but is separate: a client is
 * in few topics, so the hub searches its list, while a user may be in a
 * thousand conversations, so seats are found by a hash. A hash handle would
 * double the size of each subscription of an idle connection.
 */
#ifndef BELFRY_GATEWAY_REALTIME_ROSTER_H
#define BELFRY_GATEWAY_REALTIME_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

struct gathering;
struct seat;
struct user;

struct roster {
    struct gathering *gatherings; /* conversations, by their id */
    struct seat *seats;           /* by conversation and user */
};

/* False if the user was in that conversation already, or was not in it. */
bool roster_add(struct roster *roster, struct user *user, const char *conversation);
bool roster_remove(struct roster *roster, struct user *user, const char *conversation);
void roster_remove_all(struct roster *roster, struct user *user);

bool roster_holds(const struct roster *roster, const struct user *user, const char *conversation);
/* Whether the two are in one conversation. */
bool roster_share(const struct roster *roster, const struct user *one, const struct user *other);

/* Calls `each` for every user of a conversation, or every conversation of a user. It must not
 * change the roster. Both return how many there were. */
size_t roster_each_user(const struct roster *roster, const char *conversation,
    void (*each)(void *context, struct user *user), void *context);
size_t roster_each_conversation(
    const struct user *user, void (*each)(void *context, const char *conversation), void *context);

#endif
