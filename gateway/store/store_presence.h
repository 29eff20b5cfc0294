/*
 * store_presence: the loop's requests about users who need not be connected to
 * it: who knows whom, and when users were last seen.
 *
 * A user's connections are counted in this process (store_attach), and written
 * to `presence` for others to read. What other gateways on the same queue write
 * there comes as news (`elsewhere`); after `replaced` all of it comes anew.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_PRESENCE_H
#define BELFRY_GATEWAY_STORE_STORE_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/verdict.h"

struct store;

/* The most contacts of one user for presence. */
#define STORE_CONTACTS_MAX 1000

/* Users, and when they were last seen: the latest last_seen in `presence`; 0: never. */
struct store_seen {
    enum store_verdict verdict;
    const char *const *users;
    const int64_t *last_seen;
    size_t count;
};
/* The users who share a conversation with this one, at most STORE_CONTACTS_MAX, without the
 * user. */
void store_contacts(struct store *store, const char *user,
    void (*found)(void *context, const struct store_seen *answer), void *context);
/* When these users were last seen: only those who share a conversation with the asker, in the same
 * order; asker NULL: all. */
void store_last_seen(struct store *store, const char *asker, const char *const *users, size_t count,
    void (*found)(void *context, const struct store_seen *answer), void *context);

/* A user who has that many connections to another gateway, which has that name; 0: none any more.
 */
struct store_elsewhere {
    const char *user, *gateway;
    int64_t connections;
    int64_t last_seen; /* wall ms */
};

/* Each change of that user's memberships comes as news, even while they have no connection
 * attached, until store_unfollow_user was called as often. */
void store_follow_user(struct store *store, const char *user);
void store_unfollow_user(struct store *store, const char *user);

#endif
