/*
 * store_presence: what the loop asks of its store about users who are not
 * connected to it: who knows whom, and who was last seen when.
 *
 * A user's connections are counted in this process (store_attach), and written
 * to `presence` for others to read; whether somebody is connected to another
 * gateway is not asked. With several gateways on one queue, presence would have
 * to come from the database, too.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_PRESENCE_H
#define BELFRY_GATEWAY_STORE_STORE_PRESENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/verdict.h"

struct store;

/* Most users that presence speaks of to one. */
#define STORE_CONTACTS_MAX 1000

/* Users, and when they were last seen: the latest last_seen in `presence`; 0: never. */
struct store_seen {
    enum store_verdict verdict;
    const char *const *users;
    const int64_t *last_seen;
    size_t count;
};
/* Those with whom this one shares a conversation, at most STORE_CONTACTS_MAX, without themselves.
 */
void store_contacts(struct store *store, const char *user,
    void (*found)(void *context, const struct store_seen *answer), void *context);
/* Of these the ones who share a conversation with the asker, in the same order; asker NULL: all. */
void store_last_seen(struct store *store, const char *asker, const char *const *users, size_t count,
    void (*found)(void *context, const struct store_seen *answer), void *context);

/* From now on news tell of each change of that user's memberships, also while no connection of
 * theirs is attached, until store_unfollow_user was called as often. */
void store_follow_user(struct store *store, const char *user);
void store_unfollow_user(struct store *store, const char *user);

#endif
