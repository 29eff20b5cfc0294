/*
 * following: connections that are in all conversations of their user by
 * themselves, `user:conversations` in `auto_subscribe`.
 *
 * They join when the user's conversations are known, and whenever the user
 * comes into one, as long as there is room (`max_topics`), or as room comes; who is put out of one
 * is out (membership.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_FOLLOWING_H
#define BELFRY_GATEWAY_REALTIME_FOLLOWING_H

#include "gateway/realtime/client.h"

#define FOLLOWING_TOPIC "user:conversations"

/* Whether connections follow, as the settings say. */
bool following_is_set(const struct realtime *realtime);
/* The client follows from now on, or leaves what it is in. */
void following_begin(struct client *client);
void following_end(struct client *client);
/* A subscription was freed: joins the conversations that waited for one (max_topics). */
void following_more(struct client *client);

/* The user's conversations are known by now; or they came into one. */
void following_all(struct user *user);
void following_one(struct user *user, const char *conversation);

#endif
