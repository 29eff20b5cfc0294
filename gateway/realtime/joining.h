/*
 * joining: a topic that a client is to join, while the store is asked whether
 * its user is a member of the conversation, or what it has missed there.
 *
 * From joining_begin until the answer it is in its client's list, so that the
 * client can change its mind. It owns the reply that waits for the answer. A
 * membership that is only checked again has a joining as well, outside the list.
 */
#ifndef BELFRY_GATEWAY_REALTIME_JOINING_H
#define BELFRY_GATEWAY_REALTIME_JOINING_H

#include <stdbool.h>

#include "gateway/realtime/reply.h"

struct joining {
    struct joining *prev, *next; /* among the client's joins under way */
    struct reply *reply;
    bool wants_missed;
    bool is_withdrawn;
    bool by_token; /* the token's `topics` gave the right, not a membership */
    char topic[];
};

/* It is in no list yet. */
struct joining *joining_new(struct reply *reply, const char *topic);
/* Frees its reply, too. */
void joining_free(struct joining *joining);

/* Around the question to the store. */
void joining_begin(struct joining *joining);
void joining_end(struct joining *joining);

/* The client leaves that topic: if it is still waiting to join, it will not. */
void joining_withdraw(struct client *client, const char *topic);
bool joining_is_under_way(const struct client *client, const char *topic);
size_t joining_count(const struct client *client);

/* Whether the client still wants to join. One that unsubscribed meanwhile is answered as if it had
 * joined and left. */
bool joining_is_wanted(const struct joining *joining);
/* Whether there is room: other answers may have taken the last place. Refused if not. */
bool joining_has_place(const struct joining *joining);

#endif
