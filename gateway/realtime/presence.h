/*
 * presence: who is there, by user and not by connection.
 *
 * A user is online while they have a client that is ready, and for a grace
 * period after the last one went, so that a reload is no news. Changes are
 * gathered for a moment and told once: whoever comes and goes meanwhile is not
 * spoken of.
 *
 * Who hears of whom (`presence_scope`): with "shared", users who share a
 * conversation (presence_contacts.h); with "everyone", all who subscribed hear
 * of all, through the fan-out; with "off", nobody of anybody. A change is told
 * without asking the store.
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_H

struct presence_work;
struct realtime;
struct user;

/* The user's first client is ready; their last one went. */
void presence_came(struct user *user);
void presence_went(struct user *user);

/* The settings changed: pages are told what they may hear of now. */
void presence_rescope(struct realtime *realtime);
/* The queue was replaced: what is known of memberships means nothing any more. */
void presence_forget(struct realtime *realtime);

/* For the round that does it, and for the inquiries (realtime->inquire). */
extern const struct presence_work presence_work;
extern void (*const presence_inquire[])(struct user *user);

/* At the end: lets go of all users that it holds. */
void presence_end(struct realtime *realtime);
/* The user is about to be freed (struct users). */
void presence_on_user_ended(struct user *user);

#endif
