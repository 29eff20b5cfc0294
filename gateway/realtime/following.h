/*
 * following: connections that are in all conversations of their user without
 * asking: `user:conversations` in `auto_subscribe`.
 *
 * They join when the user's conversations are known, and whenever the user
 * becomes a member of one, if there is room (`max_topics`), or once there is.
 * Losing a membership ends the subscription as for anybody else (membership.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_FOLLOWING_H
#define BELFRY_GATEWAY_REALTIME_FOLLOWING_H

#include "gateway/realtime/client.h"

/* Whether connections follow, as the settings say. */
bool following_is_set(const struct realtime *realtime);
/* The client follows from now on; or stops, and leaves its user's conversations. */
void following_begin(struct client *client);
void following_end(struct client *client);
/* The client left a topic while it was at max_topics: joins conversations that waited for a
 * place. */
void following_more(struct client *client);

/* The user's conversations are known now; or the user became a member of one. */
void following_all(struct user *user);
void following_one(struct user *user, const char *conversation);

#endif
