/*
 * framing: what a framing is, for those that implement one. Nothing above this
 * room includes this.
 *
 * A framing is a constant table of functions: a new one is a new file and a
 * line in framings.c. peer.c does what all have in common (heartbeats, the
 * deadline for connecting, delivery pings) and calls the framing for what is
 * its own: how things are spelled.
 *
 * A framing may keep state of its own for each peer: `state_size` zeroed octets,
 * which peer_state gives and `released` lets go.
 */
#ifndef BELFRY_GATEWAY_FRAMING_FRAMING_H
#define BELFRY_GATEWAY_FRAMING_FRAMING_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/log_pace.h"
#include "gateway/framing/peer.h"
#include "gateway/net/frame.h"

struct framing;

/* An HTTP refusal, for a constant of its own: all its text is static. */
struct refusal {
    int status;
    const char *body; /* JSON */
    const char *log;  /* what the log says of it: what to do; NULL: nothing */
};

/* What the log says of a request without Upgrade: the web server in front is most often the cause.
 */
#define LOG_NO_UPGRADE \
    "request refused, 426: it asks for no WebSocket. Where a client meant one, the web server in " \
    "front does not pass Upgrade on. nginx: proxy_http_version 1.1; proxy_set_header Upgrade " \
    "$http_upgrade; proxy_set_header Connection \"upgrade\". Apache httpd: upgrade=websocket " \
    "behind " \
    "ProxyPass. lighttpd: proxy.header = ( \"upgrade\" => \"enable\" )"

/* An upgrade request, looked at by the framing whose path it asks for. */
struct candidate {
    struct framings *framings;
    struct exchange *exchange;
    const struct http_request *request;
    const char *protocol; /* Sec-WebSocket-Protocol to answer: static, or NULL */
    char *token;          /* found so far, or NULL: malloc()ed, a secret, becomes the peer's */
    const struct refusal *refusal;
};

/* Always false, so that a framing may end with it. */
bool candidate_refuse(struct candidate *candidate, const struct refusal *refusal);
/* Takes the token from `Authorization: Bearer`, where there is one. */
void candidate_take_bearer(struct candidate *candidate);
/* Takes the token from the query, where settings allow it; refuses with `forbidden` where not. */
bool candidate_take_query(struct candidate *candidate, const struct refusal *forbidden);
void candidate_set_token(struct candidate *candidate, const char *token, size_t len);

/* What goes with an event or an answer. */
struct arguments {
    const char *json; /* an array of arguments, or one value where `single` is set */
    size_t len;
    bool single;
    const struct peer_binary *binaries;
    size_t binary_count;
};

struct framing {
    const char *name;
    unsigned place; /* its spellings' place in an event: below EVENT_SPELLINGS, no two alike */
    size_t state_size;
    const struct refusal *no_upgrade;     /* for a request that asks for no WebSocket */
    const struct refusal *foreign_origin; /* for a page that may not */

    /* Looks at the handshake and takes the token from it; false: refused. */
    bool (*admit)(struct candidate *candidate);
    void (*opened)(struct peer *peer);
    void (*text)(struct peer *peer, const char *text, size_t len);
    void (*binary)(struct peer *peer, const void *data, size_t len);
    /* A heartbeat that a living client answers by itself. */
    void (*ping)(struct peer *peer);
    /* Nobody has been accepted in time: says so and closes. */
    void (*late)(struct peer *peer);

    /* It is heard again after peer_hold, before what it said meanwhile. May be NULL. */
    void (*resumed)(struct peer *peer);

    bool (*joined)(const struct peer *peer, const char *namespace);
    void (*accept)(struct peer *peer, const char *namespace);
    void (*refuse)(struct peer *peer, const char *namespace, const struct peer_refusal *refusal);
    /* A new frame. */
    struct frame *(*spell)(const struct event *event);
    struct frame *(*spell_confirmed)(const struct event *event, uint32_t id);
    void (*emit)(struct peer *peer, const char *namespace, const char *name,
        const struct arguments *arguments);
    void (*answer)(struct peer *peer, const char *namespace, answer_id answer,
        const struct arguments *arguments);
    /* Says what keeps a stock client from coming back. */
    void (*dismiss)(struct peer *peer);
    /* Lets go what its state holds. */
    void (*released)(struct peer *peer);
};

extern const struct framing socketio_framing;
extern const struct framing plain_framing;

#define FRAMINGS_ROUTES_MAX 4

struct framings {
    struct wheel *wheel;
    const struct clock *clock;
    const struct logger *log;
    struct framing_settings settings;
    const struct peer_owner *owner;
    void *owner_context;
    struct framing_counters counters;
    struct framings_route {
        const char *path;
        const struct framing *framing;
    } routes[FRAMINGS_ROUTES_MAX];
    size_t route_count;
    struct log_pace pace;
    EVP_MAC_CTX *mac; /* signs delivery pings, with a key that is made at random */
};

/* One more framing at a path of its own; the path is lent until the framings are freed. */
void framings_add_route(struct framings *framings, const char *path, const struct framing *framing);

/* One line at level info, with number and address of the connection; the same again once a minute.
 */
void framings_log(struct framings *framings, const struct connection *connection,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What settings were when the client was told of them: it goes by that, whatever they are now. */
struct peer_terms {
    int64_t ping_interval_ms, ping_timeout_ms;
    size_t max_message;
};

struct peer {
    struct connection *connection;
    struct framings *framings;
    const struct framing *framing;
    void *object;
    char *token; /* from the upgrade request, until it is used; a secret */
    struct wheel_entry timer;
    struct peer_terms terms;
    int64_t connect_by;   /* steady ms: when it must have been accepted */
    int64_t due_at;       /* steady ms: when the next heartbeat goes */
    int64_t beat_at;      /* steady ms: the same, or when the last is looked after before */
    int64_t pinged_at;    /* steady ms: when the last heartbeat went */
    uint64_t read_octets; /* read by then */
    uint64_t pinged_upto; /* octets sent, with that heartbeat … */
    uint64_t taken;       /* … and taken by the other side, when that was looked at last */
    uint32_t marks;       /* given out by peer_next_mark */
    uint32_t confirmed;   /* the highest of them that a pong brought back */
    uint32_t beats;       /* heartbeats that are not answered */
    bool is_behind;       /* it had not taken all before the heartbeat, as far as was looked */
    bool pinged;          /* the last heartbeat is unanswered, as far as was looked */
    bool connected;       /* has been accepted */
    max_align_t state[];
};

extern const struct connection_owner peer_connection_owner;

/* Takes the token over. */
struct peer *peer_new(struct framings *framings, const struct framing *framing,
    struct connection *connection, char *token);
void *peer_state(struct peer *peer);
const void *peer_state_const(const struct peer *peer);
void peer_forget_token(struct peer *peer);
/* Asks the owner. */
void peer_ask(struct peer *peer, const struct peer_connect *connect);
/* The framing accepted it: the deadline for connecting is off. */
void peer_connected(struct peer *peer);
void peer_send_text(struct peer *peer, const void *text, size_t len);
/* Sends what it has been given a reference of, and gives that back. */
void peer_send_frame(struct peer *peer, struct frame *frame);
/* A client broke the framing: counted, logged in one line, closed with CLOSE_BAD_MESSAGE. The
 * sentence is logged: nothing of what the client sent may stand in it. */
void peer_breach(struct peer *peer, const char *sentence);
/* An event failed: an answer {"ok":false,"code","message"} where one is waited for, else the event
 * `error`. `event` may be NULL. */
void peer_fail(struct peer *peer, const char *namespace, const char *event, answer_id answer,
    const char *code, const char *message);
/* Takes one from the client's rate for input that leads to no event (a foreign namespace, binary
 * data, an answer nobody asked for). False: the rate is used up. */
bool peer_may_err(struct peer *peer);
/* A client's answer to a heartbeat. An answer to no heartbeat counts as such input. */
void peer_beat_answered(struct peer *peer);
/* peer_fail for such input; the code is `rate_limited` once the rate is used up. */
void peer_reject(struct peer *peer, const char *namespace, const char *event, answer_id answer,
    const char *code, const char *message);

/* What a client is told who has not been accepted in time, in the words of the table of refusals.
 */
extern const struct peer_refusal refusal_token_missing;
extern const struct peer_refusal refusal_unavailable;

#endif
