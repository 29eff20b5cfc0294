/*
 * store_conversations: the loop's requests about conversations, their members
 * and messages. The rules at the top of store.h apply.
 *
 * A message is stored before anybody receives it: store_say answers after the
 * commit, and the message itself comes as news, just like one that another
 * process inserted. So all messages take one path, in one order.
 *
 * Messages become news in the conversations that somebody has joined (from
 * store_join to store_leave, counted). As with notifications, the answer to a
 * join holds everything up to one moment, and news begin right after it.
 */
#ifndef BELFRY_GATEWAY_STORE_STORE_CONVERSATIONS_H
#define BELFRY_GATEWAY_STORE_STORE_CONVERSATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/store/verdict.h"

struct store;

/* The most messages of one answer. */
#define STORE_MESSAGES_MAX 100
/* The most conversations of one answer. */
#define STORE_CONVERSATIONS_MAX 1024

/* A message ready to be sent: `json` is the data of the protocol's event `message` (id,
 * conversationId, senderId, senderName, content, metadata if any, timestamp, tempId if there is a
 * client_ref, status). */
struct store_message {
    int64_t id;
    const char *conversation;
    const char *sender;
    const char *json;
    size_t len;
};

struct store_messages {
    enum store_verdict verdict;           /* STORE_FORBIDDEN: not a member, no messages */
    const struct store_message *messages; /* in order of id */
    size_t count;
    bool has_more; /* after the last one, or for store_history's `before`, before the first */
    int64_t
        upto; /* store_join: news begin after it; store_missed_messages: all up to it were read */
};

/* The user joins a conversation to receive its messages. If they are a member, the answer holds the
 * messages with an id above `since` (-1: none), at most STORE_MESSAGES_MAX, the oldest first; later
 * messages come as news. Call store_leave once for each answer STORE_OK, also if the queue was
 * replaced since. `user` NULL: no membership is checked; the caller has authorised it. */
void store_join(struct store *store, const char *user, const char *conversation, int64_t since,
    void (*joined)(void *context, const struct store_messages *answer), void *context);
void store_leave(struct store *store, const char *conversation);

/* For a subscriber that was too slow to take the news: the messages after `after` that were told
 * already. When none is left (has_more is false), the next message comes as news. */
void store_missed_messages(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context);

/* Messages before an id or after one (the other is 0; both 0: the newest). `user` must be a member,
 * or NULL if the caller has checked that they may read it. */
struct store_history {
    const char *user, *conversation;
    int64_t before, after;
    size_t limit;
};
void store_history(struct store *store, const struct store_history *history,
    void (*read)(void *context, const struct store_messages *answer), void *context);

struct store_saying {
    const char *user, *name; /* the name may be NULL; it is cut to ROW_NAME_MAX bytes */
    const char *conversation;
    const char *content;
    const char *metadata;  /* JSON, checked, or NULL */
    const char *reference; /* tempId, or NULL */
};
struct store_said {
    enum store_verdict verdict; /* STORE_INVALID: longer than the table allows, or not JSON */
    int64_t id;
    int64_t at;    /* its created_at */
    bool repeated; /* the same reference and content came within ROW_MESSAGE_REPEAT_MS: it is stored
                      already, and not stored again */
};
/* Stores a message. Membership and repetition are checked, and the row inserted, in one
 * transaction; the answer comes after its commit, and before the message comes as news. */
void store_say(struct store *store, const struct store_saying *saying,
    void (*said)(void *context, const struct store_said *answer), void *context);

/* Checks whether the user is a member: STORE_OK or STORE_FORBIDDEN. */
void store_check_member(struct store *store, const char *user, const char *conversation,
    void (*checked)(void *context, enum store_verdict verdict), void *context);

/* The conversations that the user is a member of, the newest membership first, at most
 * STORE_CONVERSATIONS_MAX. */
struct store_conversations {
    enum store_verdict verdict;
    const char *const *conversations;
    size_t count;
};
void store_conversations(struct store *store, const char *user,
    void (*found)(void *context, const struct store_conversations *answer), void *context);

/* `yes`: no further news of messages and broadcasts, except those already on their way, until this
 * is called with false. All other news continue. */
void store_hold_topics(struct store *store, bool yes);

struct store_broadcast;

/* News about conversations: part of struct store_news (`conversations`). */
struct store_conversation_news {
    void (*message)(void *context, const struct store_message *message);
    /* A membership began or ended, or may have, whoever changed it: tells the state now. Only for
     * joined conversations, and users who are attached or followed. */
    void (*member)(void *context, const char *conversation, const char *user, bool is_member);
    /* A broadcast that is not sent yet: answer with store_broadcast_sent. (One without an end that
     * is found more than 60 s late never comes here: the thread marks it with 0 recipients.) */
    void (*broadcast)(void *context, const struct store_broadcast *broadcast);
};

#endif
