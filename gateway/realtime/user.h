/*
 * user: all clients of one `sub`, and how many of their notifications are unread
 * and unseen.
 *
 * A user exists while one of their clients is connected or logging in, here or at
 * another gateway, and, so that a reload is not announced, until presence has told
 * others that they are gone. Clients that are still logging in count against the limit but are not
 * in the list of clients.
 *
 * State that presence needs only now and then is a pointer here; the module
 * that it is named after makes and frees it.
 */
#ifndef BELFRY_GATEWAY_REALTIME_USER_H
#define BELFRY_GATEWAY_REALTIME_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/hash_table.h"
#include "gateway/net/wheel.h"
#include "gateway/realtime/contacts.h"
#include "gateway/store/store_notifications.h"

struct abroad;
struct client;
struct event;
struct heard;
struct inquiries;
struct realtime;
struct seat;
struct strangers;

struct user {
    struct hash_entry entry;
    struct realtime *realtime;
    struct client *clients;      /* those that are ready */
    struct abroad *abroad;       /* connections to other gateways: presence_elsewhere.h */
    struct contacts contacts;    /* who is told when they come and go: presence_contacts.h */
    struct seat *seats;          /* the conversations they are in: roster.h */
    struct strangers *strangers; /* NULL: none */
    struct inquiries *inquiries; /* NULL: nothing is asked about them */
    struct heard *heard;         /* what their clients are still to be told: presence_round.h */
    struct event *state;         /* the last state sent to others: presence_state_event */
    int64_t stated_at;           /* steady ms */
    struct wheel_entry grace;    /* runs while they have no connection and still count as online */
    struct store_counts counts;
    int64_t left_at; /* wall ms when their last connection went */
    uint32_t seat_count;
    uint32_t references;
    uint32_t connections;     /* also those that are logging in */
    bool is_online : 1;       /* presence.h */
    bool told_online : 1;     /* what others were told last */
    bool stated_online : 1;   /* … and which of the two `state` says */
    bool is_changed : 1;      /* waits to be announced */
    bool was_shown : 1;       /* … and somebody was shown the new state already */
    bool is_placed : 1;       /* their conversations are known: presence_contacts.h */
    bool is_heeded : 1;       /* the store sends news of their memberships */
    bool awaits_learning : 1; /* waits for the question who their contacts are … */
    bool is_learning : 1;     /* … which is under way: presence_round.h */
    char id[];
};

struct users {
    struct hash_table table;          /* by id */
    size_t connected;                 /* how many have a connection here */
    void (*ended)(struct user *user); /* called before a user is freed; may be NULL */
};

/* NULL if no such user is connected, to this gateway or another. */
struct user *users_find(const struct users *users, const char *id);
/* Finds or makes the user, and takes a reference. */
struct user *users_hold(struct users *users, struct realtime *realtime, const char *id);
/* Adds a connection: likewise, with a reference for it. */
struct user *users_enter(struct users *users, struct realtime *realtime, const char *id);
/* Removes a connection, and its reference. */
void users_leave(struct users *users, struct user *user);
/* The user is freed with the last reference. */
struct user *users_ref(struct user *user);
void users_unref(struct users *users, struct user *user);
/* How many have a connection here. */
size_t users_count(const struct users *users);
/* A walk over all users; it begins zeroed. The user that was returned last may be freed meanwhile,
 * but no other. NULL at the end. */
struct user *users_next(const struct users *users, struct hash_walk *walk);

#endif
