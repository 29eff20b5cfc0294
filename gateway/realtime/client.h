/*
 * client: one connected peer as the realtime room sees it.
 *
 *     WAITING ─connect─▶ ATTACHING ─store says yes─▶ READY ─▶ (LEAVING) ─▶ GONE
 *        ▲                   │ refused                         ▲
 *        └───────────────────┴───────────── peer closed ───────┘
 *
 * A client is made when its peer first wants in, and is counted: the peer holds
 * one reference, each request to the store under way another. It is GONE when
 * its peer is closed, and freed when the last answer is back.
 */
#ifndef BELFRY_GATEWAY_REALTIME_CLIENT_H
#define BELFRY_GATEWAY_REALTIME_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/token.h"
#include "gateway/delivery/delivery.h"
#include "gateway/framing/peer.h"
#include "gateway/realtime/hub.h"
#include "gateway/realtime/rate.h"
#include "gateway/realtime/realtime.h"
#include "gateway/realtime/user.h"

struct feed;
struct peer_event;
struct question;
struct typing;

enum client_state { CLIENT_WAITING, CLIENT_ATTACHING, CLIENT_READY, CLIENT_LEAVING, CLIENT_GONE };

/* Whether the client waits to be shown who is not here: presence_introduction.h. */
enum client_absent { ABSENT_NONE, ABSENT_WANTED, ABSENT_ASKED };

struct client {
    struct realtime *realtime;
    struct peer *peer;              /* NULL once GONE */
    struct user *user;              /* from ATTACHING on, until it leaves */
    struct client *next, *prev;     /* among the user's, or those of farewell.h */
    int64_t known;                  /* the highest notification that was there when it came */
    struct delivery *delivery;      /* while subscribed to their notifications */
    struct subscriber subscriber;   /* to all other topics */
    struct subscriber inner;        /* to what goes to everybody, and to its user (broadcasts.h) */
    struct feed *behind;            /* those of its feeds that are, in the order of reading */
    struct feed *read;              /* whose page is awaited; NULL: none's, or it has ended */
    struct wheel_entry retry;       /* of reading a feed */
    struct question *joining;       /* conversations, and not yet in: membership.c */
    struct typing *typing;          /* in which conversations it is */
    const struct peer_event *heard; /* the event that is being dealt with: lent */
    struct token_claims claims;
    struct wheel_entry expiry;
    struct rate rate, joins; /* of all it says, and of subscribing and unsubscribing */
    int64_t taken_at;        /* wall seconds: when its token was accepted */
    int64_t told_end;        /* the latest end of a token that the client was warned of; 0: none */
    int64_t listed;          /* the highest id that notification:list gave it */
    uint32_t references;
    uint32_t asked; /* what its requests under way weigh: reply.h */
    enum client_state state;
    bool is_leaving;     /* among those of farewell.h */
    bool acknowledges;   /* `ack: true`: confirms notifications by itself */
    bool chooses_topics; /* `subscribe: false`: joins what it wants by itself */
    enum client_absent absent;
    bool awaits_introduction; /* of presence */
    bool follows;             /* all conversations of the user: following.h */
    bool is_reading;          /* a page of a feed is awaited */
};

struct client *client_new(struct realtime *realtime, struct peer *peer);
struct client *client_ref(struct client *client);
void client_unref(struct client *client);

/* Claims as the store asks for them: borrowed. */
struct store_token client_token(const struct token_claims *claims);

/* The handshake is over: joins the user, tells the client who it is, begins what it subscribes to.
 * claims and user are set. */
void client_ready(struct client *client, const struct store_attached *attached);
/* Detaches the client from its user while its peer is still open: it receives nothing more, and its
 * requests are refused. */
void client_leave(struct client *client);
/* The peer is closed. */
void client_gone(struct client *client);

/* Joins or leaves the topics of `auto_subscribe`, as `chooses_topics` says now. `attached` as for
 * delivery_begin. */
void client_auto_subscribe(struct client *client, const struct store_attached *attached);

/* One of those that the user's clients have; NULL: none has any. */
struct delivery *client_any_delivery(const struct user *user);
/* Subscribes it to its user's notifications. `attached` as for delivery_begin. */
void client_begin_delivery(struct client *client, const struct store_attached *attached);
void client_end_delivery(struct client *client);

/* Sends an event of its own making to this client. */
void client_send(struct client *client, const char *name, const char *json, size_t len);
void client_send_unread(struct client *client);

/* Whether the output that it did not ask for is within max_buffer. */
bool client_has_room(struct client *client);
/* Sends an event about a passing state, such as typing. Dropped if the client has no room, or is
 * not ready. */
void client_tell(struct client *client, struct event *event);

/* Its requests wait unread while a large answer, or many, are under way, or have not gone out:
 * looks whether that is so now. */
void client_pace(struct client *client);

struct client *client_of_subscriber(struct subscriber *subscriber);

/* Sets the user's unread count, and tells all their clients where it changed. `always`, when not
 * NULL, is told in any case. */
void client_set_unread(struct user *user, int64_t unread, const struct client *always);

/* Its claims are those of a token that was accepted now. */
void client_token_taken(struct client *client);
/* (Re)starts the clock that warns of the token's end and then closes, when wall time was moved. It
 * warns once a token, when a tenth of its life is left, five minutes at most; never again where a
 * refresh brought a token that ends no later. */
void client_watch_expiry(struct client *client);

#endif
