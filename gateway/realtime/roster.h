/*
 * roster: which of the users who are here are in which conversation.
 *
 * A seat is one user in one conversation; it is in two lists, the
 * conversation's and the user's. A zeroed roster is empty. A user gives up all
 * seats before it is freed.
 *
 * hub.h has the same shape for clients and topics, and is kept apart: a client
 * is in few topics, so that the hub looks through its list, while a user may be
 * in a thousand conversations, so that seats are found by a hash. Its handle
 * would make each subscription of an idle connection twice as large.
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

/* False where the user was in that conversation already, or was not. */
bool roster_add(struct roster *roster, struct user *user, const char *conversation);
bool roster_remove(struct roster *roster, struct user *user, const char *conversation);
void roster_remove_all(struct roster *roster, struct user *user);

bool roster_holds(const struct roster *roster, const struct user *user, const char *conversation);
/* Whether the two are in one conversation. */
bool roster_share(const struct roster *roster, const struct user *one, const struct user *other);

/* Calls `each` for every user of a conversation, or every conversation of a user. It may change
 * nothing in the roster. Both return how many there were. */
size_t roster_each_user(const struct roster *roster, const char *conversation,
    void (*each)(void *context, struct user *user), void *context);
size_t roster_each_conversation(
    const struct user *user, void (*each)(void *context, const char *conversation), void *context);

#endif
