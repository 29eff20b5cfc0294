/*
 * client: one connected peer as realtime sees it: its state, and what can be
 * sent to it. client_life.h has its life from login to end.
 *
 *     WAITING ─connect─▶ ATTACHING ─store says yes─▶ READY ─▶ (LEAVING) ─▶ GONE
 *        ▲                   │ refused                         ▲
 *        └───────────────────┴───────────── peer closed ───────┘
 *
 * A client is made when its peer first asks to connect, and is counted: the
 * peer holds one reference, each request to the store under way another. It is
 * GONE when its peer is closed, and freed when the last answer is back.
 *
 * A pointer to another module's struct belongs to that module, and is NULL
 * while there is nothing to remember: an idle client has none of them.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CLIENT_H
#define BELFRY_GATEWAY_REALTIME_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/token.h"
#include "gateway/framing/peer.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/hub.h"
#include "gateway/realtime/rate.h"
#include "gateway/realtime/user.h"

struct backlog;
struct joining;
struct stale_rows;
struct typing;

enum client_state { CLIENT_WAITING, CLIENT_ATTACHING, CLIENT_READY, CLIENT_LEAVING, CLIENT_GONE };

/* Whether the client waits to be told about absent users: presence_introduction.h. */
enum client_absent { ABSENT_NONE, ABSENT_WANTED, ABSENT_ASKED };

/* The most weight of a client's answers under way at which its next request is still read:
 * reply.h. */
#define CLIENT_ASKED_MAX 32

struct client {
    struct realtime *realtime;
    struct peer *peer;            /* NULL once GONE */
    struct user *user;            /* from ATTACHING on, until it leaves */
    struct client *next, *prev;   /* among the user's, or those of farewell.h */
    struct delivery *delivery;    /* while subscribed to its user's notifications */
    struct subscriber subscriber; /* to all other topics */
    struct subscriber inner;      /* to what it receives unasked: topic_is_inner */
    uint64_t told_ahead;          /* the highest number that it was told ahead: fanout.c */
    struct backlog *backlog;      /* what its feeds must still read: feed.h */
    struct joining *joining;      /* conversations it is about to join: membership.h */
    struct stale_rows *stale;     /* changes that it could not be told: stale_rows.h */
    struct typing *typing;        /* the conversations it is typing in: typing.h */
    struct token_claims claims;
    struct wheel_entry expiry; /* token_end.h */
    int64_t asked_at;          /* steady µs: when its last token came */
    int64_t told_end;          /* the latest end of a token that it was warned of; 0: none */
    int64_t highest;           /* id of the last notification there was when it came */
    int64_t listed;            /* the highest id that notification:list gave it */
    struct rate rate;          /* of all it says */
    struct bucket joins;       /* for subscribing and unsubscribing */
    uint32_t references;
    uint32_t asked;   /* the weight of its answers under way */
    uint32_t warning; /* ms before its token's end at which it is warned */
    enum client_state state : 8;
    enum client_absent absent : 8;
    bool is_leaving : 1;          /* among those of farewell.h */
    bool is_departing : 1;        /* departure.h: it is to go to another process */
    bool acknowledges : 1;        /* `ack: true`: confirms notifications itself */
    bool chooses_topics : 1;      /* `subscribe: false`: joins what it wants itself */
    bool awaits_introduction : 1; /* of presence */
    bool follows : 1;             /* is in all conversations of its user: following.h */
    bool takes_unseen : 1;        /* is told how many notifications are unseen */
};

struct client *client_new(struct realtime *realtime, struct peer *peer);
struct client *client_ref(struct client *client);
void client_unref(struct client *client);
struct client *client_of_subscriber(struct subscriber *subscriber);

/* Releases the claims of its token that the connection no longer needs. */
void client_trim_claims(struct client *client);

/* Sends an event made for this client alone. */
void client_send(struct client *client, const char *name, const char *json, size_t len);
/* The number of unread notifications; and of unseen ones, if the client takes that. */
void client_send_counts(struct client *client);
void client_send_unseen(struct client *client);

/* Whether the output that it did not ask for is within max_buffer. */
bool client_has_room(struct client *client);
/* Whether no more output waits than half of max_buffer, so that more may be fetched for it. If not,
 * `drained` of the peer follows once it has taken its output. */
bool client_has_taken(struct client *client);
/* Sends an event about a passing state, such as typing. Dropped if the client has no room, or is
 * not ready. */
void client_tell(struct client *client, struct event *event);

enum client_count { COUNT_UNREAD, COUNT_UNSEEN };

/* Sets the user's counts, and tells all their clients what changed. The client that caused it,
 * unless `asker` is NULL, is told the count `asked` in any case. */
void client_set_counts(struct user *user, const struct store_counts *counts,
    const struct client *asker, enum client_count asked);

/* Stops or resumes reading: the client's requests wait unread while a large answer, or many
 * answers, are under way or not yet written. Call it whenever that may have changed. */
void client_pace(struct client *client);

/* Whether the client's rate allows one more event; a flood closes it. */
bool client_may_say(struct client *client);
/* … one more that joins or leaves a topic. A page joins all its topics at once, so the burst of
 * these is the number of allowed topics; more than that draws on the common rate. */
bool client_may_join(struct client *client);

#endif
