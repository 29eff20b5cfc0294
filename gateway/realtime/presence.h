/*
 * presence: who is there, by user and not by connection.
 *
 * A user is online while they have a client that is ready, and for a grace
 * after the last one went, so that a reload is no news. Changes are gathered
 * for a moment and told once: whoever came and went meanwhile is not spoken of.
 *
 * Who hears of whom (`presence_scope`): with "shared", users who share a
 * conversation (presence_contacts.h). With "everyone", all who subscribed hear
 * of all; with "off", nobody of anybody. A change is told without any query, in
 * rounds (presence_round.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_H

#include "gateway/realtime/client.h"

#define PRESENCE_TOPIC "presence:updates"

/* The user's first client is ready; their last one went. */
void presence_came(struct user *user);
void presence_went(struct user *user);

/* The settings changed: pages are told what they may hear of now. */
void presence_rescope(struct realtime *realtime);
/* The queue was replaced: what is known of memberships means nothing any more. */
void presence_forget(struct realtime *realtime);

/* The present state, for a client that has just subscribed. */
void presence_introduce(struct client *client);

/* For the round that does it. */
extern const struct presence_work presence_work;

/* Handler of the table in events.c. */
void presence_get(struct client *client, const struct peer_event *event);

/* At the end: lets go of all users it holds. */
void presence_end(struct realtime *realtime);

#endif
