/*
 * user: all clients of one `sub`, and the number of their unread notifications.
 *
 * A user exists while a client of theirs is connected or about to be, and, so
 * that a reload is no news, until presence has said that they are gone. Clients
 * whose handshake is not over count against the limit but are not in the list.
 */
#ifndef BELFRY_GATEWAY_REALTIME_USER_H
#define BELFRY_GATEWAY_REALTIME_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "gateway/net/wheel.h"
#include "gateway/realtime/contacts.h"
#include "gateway/realtime/inquiry.h"
#include "gateway/realtime/roster.h"
#include "gateway/realtime/strangers.h"

struct client;
struct event;
struct realtime;

/* What all clients of a user have yet to hear: presence_round.h. */
struct heard {
    struct event **events;
    size_t count, size;
};

struct user {
    UT_hash_handle hh;
    struct realtime *realtime;
    struct client *clients;   /* those that are ready */
    struct contacts contacts; /* who hears of their coming and going */
    struct seats seats;       /* the conversations they are in */
    struct strangers strangers;
    struct inquiries inquiries;
    struct heard heard;
    struct event *state;      /* what others heard last: presence_state_event */
    int64_t stated_at;        /* steady ms */
    struct wheel_entry grace; /* runs while they have no client and are still called online */
    int64_t unread;
    int64_t left_at; /* wall ms when their last client went */
    uint32_t references;
    uint32_t connections; /* those about to be, too */
    bool is_online;       /* presence.h */
    bool told_online;     /* what others were told last */
    bool stated_online;   /* … and which state that was */
    bool is_changed;      /* waits to be told of */
    bool was_shown;       /* … and somebody was shown already what will be told */
    bool is_placed;       /* their conversations are known: presence_contacts.h */
    bool is_heeded;       /* by the store, as they are here */
    char id[];
};

struct users {
    struct user *table;
    struct roster roster;
};

/* NULL where nobody of that name is connected. */
struct user *users_find(const struct users *users, const char *id);
/* One connection more: found or made. Holds a reference. */
struct user *users_enter(struct users *users, struct realtime *realtime, const char *id);
/* One connection less, and its reference. */
void users_leave(struct users *users, struct user *user);
/* The user is gone with the last reference. */
struct user *users_ref(struct user *user);
void users_unref(struct users *users, struct user *user);
/* Takes them out of all contacts and conversations. */
void users_part(struct users *users, struct user *user);
size_t users_count(const struct users *users);

#endif
