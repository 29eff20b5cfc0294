/*
 * presence_contacts: which of the users who are here hear of each other, with
 * `presence_scope` = shared.
 *
 * Two are contacts while both are here and share a conversation now, each the
 * other's or neither: so whoever was shown somebody online hears of their
 * going. A user's conversations are asked of the store when they come, and kept
 * up by news of memberships, until the others were told that they are gone.
 * With more than STORE_CONTACTS_MAX contacts somebody has no further ones.
 *
 * Who is not here is in no set: the store says of whom a page may be told
 * (presence_introduction.h), and who was shown and is a stranger since is
 * remembered (strangers.h).
 */
#ifndef BELFRY_GATEWAY_REALTIME_PRESENCE_CONTACTS_H
#define BELFRY_GATEWAY_REALTIME_PRESENCE_CONTACTS_H

#include <stdbool.h>

struct realtime;
struct user;

/* The user came: asks for their conversations, unless they are known. */
void presence_contacts_learn(struct user *user);
/* Their going was told: they have no contacts any more. */
void presence_contacts_end(struct user *user);
/* Forgets the user's conversations, contacts and strangers: the queue was replaced, or the user is
 * about to be freed. */
void presence_contacts_forget(struct user *user);
/* A membership began or ended, of somebody who is here or not. */
void presence_contacts_moved(
    struct realtime *realtime, const char *conversation, const char *id, bool is_member);

/* How the store is asked for INQUIRE_CONVERSATIONS and INQUIRE_STRANGERS (inquiry.h). */
void presence_contacts_ask_conversations(struct user *user);
void presence_contacts_ask_strangers(struct user *user);

#endif
