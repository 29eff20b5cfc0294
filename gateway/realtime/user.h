/*
 * user: all clients of one `sub`, and the number of their unread notifications.
 *
 * A user exists while one of their clients is connected or logging in, and,
 * so that a reload is no news, until presence has announced that they are gone.
 * Clients that are still logging in count against the limit but are not in the
 * list of clients.
 *
 * What presence needs of a user only now and then is a pointer here, which the
 * module that it is named after makes and frees.
 */
#ifndef BELFRY_GATEWAY_REALTIME_USER_H
#define BELFRY_GATEWAY_REALTIME_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "gateway/net/wheel.h"
#include "gateway/realtime/contacts.h"

struct client;
struct event;
struct heard;
struct inquiries;
struct realtime;
struct seat;
struct strangers;

struct user {
    UT_hash_handle hh;
    struct realtime *realtime;
    struct client *clients;      /* those that are ready */
    struct contacts contacts;    /* who hears of their coming and going: presence_contacts.h */
    struct seat *seats;          /* the conversations they are in: roster.h */
    struct strangers *strangers; /* NULL: none */
    struct inquiries *inquiries; /* NULL: nothing is asked about them */
    struct heard *heard;         /* what their clients have yet to hear: presence_round.h */
    struct event *state;         /* what others heard last of them: presence_state_event */
    int64_t stated_at;           /* steady ms */
    struct wheel_entry grace;    /* runs while they have no client and still count as online */
    int64_t unread;
    int64_t left_at; /* wall ms when their last client went */
    uint32_t seat_count;
    uint32_t references;
    uint32_t connections; /* also those that are logging in */
    bool is_online;       /* presence.h */
    bool told_online;     /* what others were told last */
    bool stated_online;   /* … and which of the two `state` says */
    bool is_changed;      /* waits to be told of */
    bool was_shown;       /* … and somebody was shown already what will be told */
    bool is_placed;       /* their conversations are known: presence_contacts.h */
    bool is_heeded;       /* the store tells of their memberships */
    char id[];
};

struct users {
    struct user *table;
    void (*ended)(struct user *user); /* called before a user is freed; NULL: nothing is */
};

/* NULL where nobody of that name is connected. */
struct user *users_find(const struct users *users, const char *id);
/* One connection more: the user is found or made, and holds a reference for it. */
struct user *users_enter(struct users *users, struct realtime *realtime, const char *id);
/* One connection less, and its reference. */
void users_leave(struct users *users, struct user *user);
/* The user is freed with the last reference. */
struct user *users_ref(struct user *user);
void users_unref(struct users *users, struct user *user);
size_t users_count(const struct users *users);

#endif
