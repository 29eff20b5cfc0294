/*
 * roster: which of the users who are here are in which conversation.
 *
 * A seat is one user in one conversation; it is in two lists, the
 * conversation's and the user's, and found by both. A zeroed roster is empty. A
 * user gives up all seats before it is freed.
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
    struct seat *seats;           /* by both */
};

/* A user's seats: zeroed at first. */
struct seats {
    struct seat *first;
    size_t count;
};

/* False where they were in already, or were not. */
bool roster_add(struct roster *roster, struct user *user, const char *conversation);
bool roster_remove(struct roster *roster, struct user *user, const char *conversation);
void roster_remove_all(struct roster *roster, struct user *user);

bool roster_holds(const struct roster *roster, const struct user *user, const char *conversation);
/* Whether the two are in one conversation. */
bool roster_share(const struct roster *roster, const struct user *one, const struct user *other);

/* Each user of a conversation; the callee may change nothing in the roster. Both return how many.
 */
size_t roster_each_user(const struct roster *roster, const char *conversation,
    void (*each)(void *context, struct user *user), void *context);
/* Each conversation of a user; likewise. */
size_t roster_each_conversation(
    const struct user *user, void (*each)(void *context, const char *conversation), void *context);

#endif
