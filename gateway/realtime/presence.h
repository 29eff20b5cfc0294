/*
 * presence: who is online, by user and not by connection.
 *
 * A user is online while they have a ready client, here or at another gateway
 * (presence_elsewhere.h), and for a grace period after the last one left, so that a
 * reload is not announced. Changes are collected
 * for a moment and told once: a user who comes and goes meanwhile is not
 * announced.
 *
 * `presence_scope` says who is told about whom: with "shared", users who share
 * a conversation (presence_contacts.h); with "everyone", all subscribers about
 * all users, through the fan-out; with "off", nobody. A change is told without
 * asking the store.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_H

#include <stdint.h>

struct presence_work;
struct realtime;
struct user;

/* The user has a connection, to this gateway or another. */
void presence_came(struct user *user);
/* One of them ended, which may have been the last one; `last_seen`: when that was, in wall ms. */
void presence_went(struct user *user, int64_t last_seen);

/* The settings changed: tells pages what they may see now. */
void presence_rescope(struct realtime *realtime);
/* The queue was replaced: forgets all memberships. */
void presence_forget(struct realtime *realtime);

/* For presence_round, and for the inquiries (realtime->inquire). */
extern const struct presence_work presence_work;
extern void (*const presence_inquire[])(struct user *user);

/* At the end: releases all users that it holds. */
void presence_end(struct realtime *realtime);
/* The user is about to be freed (struct users). */
void presence_on_user_ended(struct user *user);

#endif
