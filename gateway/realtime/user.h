/*
 * user: all clients of one `sub`, and the number of their unread notifications.
 *
 * A user exists while a client of theirs is connected or about to be. Clients
 * whose handshake is not over count against the limit but are not in the list.
 */
#ifndef BELFRY_GATEWAY_REALTIME_USER_H
#define BELFRY_GATEWAY_REALTIME_USER_H

#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

struct client;

struct user {
    UT_hash_handle hh;
    struct client *clients; /* those that are ready */
    uint32_t connections;   /* those about to be, too */
    int64_t unread;
    char id[];
};

struct users {
    struct user *table;
};

/* NULL where nobody of that name is connected. */
struct user *users_find(const struct users *users, const char *id);
/* One connection more: found or made. */
struct user *users_enter(struct users *users, const char *id);
/* One connection less; the user is gone with the last. */
void users_leave(struct users *users, struct user *user);
size_t users_count(const struct users *users);

#endif
