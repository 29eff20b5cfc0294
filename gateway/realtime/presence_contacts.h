/*
 * presence_contacts: which connected users are told about each other's
 * presence, with `presence_scope` = shared.
 *
 * Two users are contacts while both are connected and share a conversation.
 * That is mutual, so a page that showed somebody as online is told when they
 * leave. A user has at most STORE_CONTACTS_MAX contacts.
 *
 * The store is asked for a user's conversations when they connect while a page
 * listens to presence:updates, or if auto_subscribe needs them (following.h);
 * those who connected before are learnt, a few at a time, when the first page
 * listens. One who leaves before they were learnt is shown by the next
 * introduction only. News of memberships keep what is known up to date until the
 * others have been told that the user is gone.
 *
 * Users who are not connected are nobody's contacts: the store says which of
 * them a page may see (presence_introduction.h). Former contacts that a page
 * was shown are remembered as strangers (strangers.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_CONTACTS_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_CONTACTS_H

#include <stdbool.h>

struct realtime;
struct user;

/* The user connected: asks for their conversations, unless they are known, or nobody needs them
 * now. Returns whether it asked. */
bool presence_contacts_learn(struct user *user);
/* Whether any page listens, with `presence_scope` = shared. */
bool presence_contacts_are_heard(const struct realtime *realtime);
/* Somebody listens: learns all who are connected. */
void presence_contacts_learn_all(struct realtime *realtime);
/* The others were told that the user is gone: they have no contacts any more. */
void presence_contacts_end(struct user *user);
/* Forgets the user's conversations, contacts and strangers: the queue was replaced, or the user is
 * about to be freed. */
void presence_contacts_forget(struct user *user);
/* A membership began or ended, of a user who may not be connected. */
void presence_contacts_moved(
    struct realtime *realtime, const char *conversation, const char *id, bool is_member);

/* How the store is asked for INQUIRE_CONVERSATIONS and INQUIRE_STRANGERS (inquiry.h). */
void presence_contacts_ask_conversations(struct user *user);
void presence_contacts_ask_strangers(struct user *user);

#endif
