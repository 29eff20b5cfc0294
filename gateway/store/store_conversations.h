/*
 * store_conversations: what the loop asks of its store about conversations,
 * their members and what is said in them. All that stands at the top of store.h
 * holds here too.
 *
 * A message is stored before anybody hears of it: store_say answers after the
 * commit, and the message itself comes as news, just like one that another
 * process inserted. So messages take one way, in one order.
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

/* Most messages of one answer. */
#define STORE_MESSAGES_MAX 100
/* Most conversations of one answer. */
#define STORE_CONVERSATIONS_MAX 1024

/* A message ready to be sent: `json` is what the protocol's event `message` holds (id,
 * conversationId, senderId, senderName, content, metadata where there is one, timestamp, tempId
 * where there is a client_ref, status). */
struct store_message {
    int64_t id;
    const char *conversation;
    const char *sender;
    const char *json;
    size_t len;
};

struct store_messages {
    enum store_verdict verdict;           /* STORE_FORBIDDEN: no member, and then no messages */
    const struct store_message *messages; /* in order of id */
    size_t count;
    bool has_more; /* after the last one, or for store_history's `before`, before the first */
    int64_t upto;  /* of store_join: news begin after it; of store_missed_messages: all up to
                      there were read */
};

/* The user wants to follow a conversation. Where they are a member: the messages with an id above
 * `since` (-1: none are wanted), at most STORE_MESSAGES_MAX, the oldest first; and from the next
 * message on, news. One store_leave for each that was answered STORE_OK, also where the queue was
 * replaced since. `user` NULL: the caller answers for it, no membership is checked. */
void store_join(struct store *store, const char *user, const char *conversation, int64_t since,
    void (*joined)(void *context, const struct store_messages *answer), void *context);
void store_leave(struct store *store, const char *conversation);

/* The messages after `after` that were told as news already, for a subscriber that was too slow to
 * take them. Where none is left (has_more is false), the next message comes as news. */
void store_missed_messages(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context);

/* Messages before an id or after one (the other is 0; both 0: the newest). `user` must be a member,
 * or NULL where the caller has checked that they may read it. */
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
    enum store_verdict verdict; /* STORE_INVALID: longer than the table allows, or no JSON */
    int64_t id;
    int64_t at;    /* its created_at */
    bool repeated; /* the same reference and content within ROW_MESSAGE_REPEAT_MS: it was stored
                      then, and is not again */
};
/* Membership, repetition and insert in one transaction; answered after its commit, and before the
 * message comes as news. */
void store_say(struct store *store, const struct store_saying *saying,
    void (*said)(void *context, const struct store_said *answer), void *context);

/* Whether the user is a member: STORE_OK or STORE_FORBIDDEN. */
void store_check_member(struct store *store, const char *user, const char *conversation,
    void (*checked)(void *context, enum store_verdict verdict), void *context);

/* The conversations of which that user is a member, the newest membership first, at most
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

/* Their news: part of struct store_news (`conversations`). */
struct store_conversation_news {
    void (*message)(void *context, const struct store_message *message);
    /* A membership began or ended, or may have, whoever did it: what is true now, of conversations
     * that are joined and users who are attached or followed. */
    void (*member)(void *context, const char *conversation, const char *user, bool is_member);
    /* A broadcast that is not sent yet: answer store_broadcast_sent. (Those that are found more
     * than 60 s late and have no end never come here: the thread marks them with 0 recipients.) */
    void (*broadcast)(void *context, const struct store_broadcast *broadcast);
};

#endif
