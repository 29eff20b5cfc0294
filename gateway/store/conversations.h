/*
 * conversations: what the gateway asks of its store about people talking, and
 * about broadcasts. The second half of store.h; all that stands at its top
 * holds here too.
 *
 * A message is stored before anybody hears of it: store_say answers after the
 * commit, and the message itself comes as news, just as one that another
 * process inserted. So there is one way that messages take, and one order.
 *
 * News of messages are told for the conversations that somebody has joined
 * (store_join … store_part, counted). As with notifications, the answer to a
 * join holds all up to a moment, and news begin right behind it.
 */
#ifndef BELFRY_GATEWAY_STORE_CONVERSATIONS_H
#define BELFRY_GATEWAY_STORE_CONVERSATIONS_H

#include "gateway/store/store.h"

/* Most messages of one answer. */
#define STORE_MESSAGES_MAX 100
/* Most users that presence speaks of to one, and most conversations by which they are found. */
#define STORE_CONTACTS_MAX 1000
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
    bool has_more; /* behind the last (since, after), or before the first (before) */
    int64_t upto;  /* of store_join: news begin behind it; of store_read_on: read up to there */
};

/* The user wants to hear a conversation. Where they are a member: the messages with an id above
 * `since` (-1: none are wanted), at most STORE_MESSAGES_MAX, the oldest first; and from the next
 * message on, news. One store_part for each that was answered STORE_OK, also where the queue was
 * replaced since. `user` NULL: the caller answers for it, no membership is asked. */
void store_join(struct store *store, const char *user, const char *conversation, int64_t since,
    void (*joined)(void *context, const struct store_messages *answer), void *context);
void store_part(struct store *store, const char *conversation);

/* Reads the messages after `after` that were announced already, for a subscriber that missed the
 * news. Where nothing is left of it, the next message comes as news. */
void store_read_on(struct store *store, const char *conversation, int64_t after,
    void (*read)(void *context, const struct store_messages *answer), void *context);

/* Either before or after an id (the other 0; both 0: the newest), for members. */
struct store_history {
    const char *user, *conversation;
    int64_t before, after;
    size_t limit;
};
void store_history(struct store *store, const struct store_history *history,
    void (*read)(void *context, const struct store_messages *answer), void *context);

struct store_saying {
    const char *user, *name; /* the name may be NULL; it is cut to 1024 octets */
    const char *conversation;
    const char *content;
    const char *metadata;  /* JSON, checked, or NULL */
    const char *reference; /* tempId, or NULL */
};
struct store_said {
    enum store_verdict verdict; /* STORE_INVALID: longer than the table allows, or no JSON */
    int64_t id;
    int64_t at;    /* its created_at */
    bool repeated; /* the same reference and content within ten minutes: it was there already */
};
/* Membership, repetition and insert in one transaction; answered after its commit, and before the
 * message comes as news. */
void store_say(struct store *store, const struct store_saying *saying,
    void (*said)(void *context, const struct store_said *answer), void *context);

/* Whether the user is a member (typing, auth:refresh, …). */
void store_member(struct store *store, const char *user, const char *conversation,
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

/* Users, and when they were last seen: the latest last_seen in `presence`; 0: never. */
struct store_seen {
    enum store_verdict verdict;
    const char *const *users;
    const int64_t *last_seen;
    size_t count;
};
/* Those with whom this one shares a conversation, at most STORE_CONTACTS_MAX, without themselves.
 */
void store_contacts(struct store *store, const char *user,
    void (*found)(void *context, const struct store_seen *answer), void *context);
/* Of these the ones who share a conversation with the asker, in the same order; asker NULL: all. */
void store_seen(struct store *store, const char *asker, const char *const *users, size_t count,
    void (*found)(void *context, const struct store_seen *answer), void *context);

/* From now on news tell of each change of that user's memberships, also while no connection of
 * theirs is attached, until store_unheed was called as often. */
void store_heed(struct store *store, const char *user);
void store_unheed(struct store *store, const char *user);

/* An event for a topic, or for all ("*"). `json` NULL: no data. */
struct store_broadcast {
    int64_t id;
    const char *topic, *event;
    const char *json;
    size_t len;
    bool stays; /* it has an end: also for who comes later */
};
/* It was sent, to so many connections. */
void store_broadcast_sent(struct store *store, int64_t id, size_t recipients);
/* Those that stay and are not yet past, for one who comes: of that topic ("*": of all), behind
 * `after`, oldest first. `heard` is the highest id that came as news when they came, 0 while none
 * had: what is told behind it comes as news to this one, too. */
struct store_broadcasts {
    enum store_verdict verdict;
    const struct store_broadcast *broadcasts;
    size_t count;
    bool has_more;
    int64_t upto; /* all up to this id are dealt with */
};
void store_standing(struct store *store, const char *topic, int64_t after, int64_t heard,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context);
/* What was sent to that topic behind `after`, and is not past: for one who did not take the news.
 * Where nothing is left of it, the next broadcast comes as news. */
void store_broadcasts_behind(struct store *store, const char *topic, int64_t after,
    void (*found)(void *context, const struct store_broadcasts *answer), void *context);

/* `yes`: no further news of messages and broadcasts, but for what is on its way, until it is called
 * with false. All other news go on. */
void store_hold_talk(struct store *store, bool yes);

/* Their news: part of struct store_news (`conversations`). */
struct store_conversation_news {
    void (*message)(void *context, const struct store_message *message);
    /* A membership began or ended, or may have, by whomever: what is true now, of conversations
     * that are joined and users who are attached or heeded. */
    void (*member)(void *context, const char *conversation, const char *user, bool is_member);
    /* A broadcast that is not sent yet (those found more than 60 s late and without an end never
     * come here: the thread marks them with 0 recipients). Answer store_broadcast_sent. */
    void (*broadcast)(void *context, const struct store_broadcast *broadcast);
};

#endif
