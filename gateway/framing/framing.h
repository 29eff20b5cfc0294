/*
 * framing: the interface that a framing implements. It says how things are
 * spelled; session.c and peer.c do what all framings have in common.
 *
 * A framing is a constant table of functions in a file of its own. It knows a
 * peer by the functions below, never by what carries it, and may keep state of
 * its own for each: `state_size` zeroed bytes, which peer_state returns and whose
 * contents `released` frees.
 */
#ifndef BELFRY_GATEWAY_FRAMING_FRAMING_H
#define BELFRY_GATEWAY_FRAMING_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/random.h"
#include "gateway/framing/event.h"

struct candidate;
struct candidate_refusal;
struct frame;
struct peer;
struct peer_binary;
struct peer_connect;
struct peer_event;
struct peer_failure;
struct peer_refusal;

/* What goes with an event or an answer. */
struct arguments {
    const char *json; /* an array of arguments, or one value where `single` is set */
    size_t len;
    bool single;
    const struct peer_binary *binaries;
    size_t binary_count;
};

/* Functions that say so may be NULL. A framing without events may leave out all from `joined` to
 * `answer`. */
struct framing {
    const char *name;
    unsigned place; /* index of its spelling in an event: unique, below EVENT_SPELLINGS */
    size_t state_size;
    const struct candidate_refusal *no_upgrade;     /* for a request that asks for no WebSocket */
    const struct candidate_refusal *foreign_origin; /* for an origin that is not allowed */

    /* Checks the handshake and takes the token from it; false: refused (candidate.h). */
    bool (*admit)(struct candidate *candidate);
    void (*opened)(struct peer *peer);
    void (*text)(struct peer *peer, const char *text, size_t len);
    void (*binary)(struct peer *peer, const void *data, size_t len);
    /* Sends a heartbeat, which every client answers by itself. NULL: use the carrier's. */
    void (*ping)(struct peer *peer);
    /* The client was not accepted in time: says so and closes. NULL if opening already accepts
     * it. */
    void (*late)(struct peer *peer);
    /* Reading goes on after peer_hold; called before input that came meanwhile. May be NULL. */
    void (*resumed)(struct peer *peer);

    bool (*joined)(const struct peer *peer, const char *namespace);
    void (*accept)(struct peer *peer, const char *namespace);
    void (*refuse)(struct peer *peer, const char *namespace, const struct peer_refusal *refusal);
    /* Both return a new frame. */
    struct frame *(*spell)(const struct event *event);
    struct frame *(*spell_confirmed)(const struct event *event, uint32_t id);
    void (*emit)(struct peer *peer, const char *namespace, const char *name,
        const struct arguments *arguments);
    void (*answer)(struct peer *peer, const char *namespace, answer_id answer,
        const struct arguments *arguments);

    /* Sends what keeps a stock client from reconnecting. May be NULL. */
    void (*dismiss)(struct peer *peer);
    /* Releases what its state holds. May be NULL. */
    void (*released)(struct peer *peer);
};

extern const struct framing socketio_framing;
extern const struct framing plain_framing;

/* ---- what a framing knows of a peer ---- */

/* The settings as the client was told them. They hold for this client even after a reload. */
struct peer_terms {
    int64_t ping_interval_ms, ping_timeout_ms;
    size_t max_message;
};

void *peer_state(struct peer *peer);
const void *peer_state_const(const struct peer *peer);
struct peer_terms peer_terms(const struct peer *peer);
/* A name for the session that nobody can guess, the same whenever it is asked for. Returns out. */
char *peer_id(const struct peer *peer, char out[RANDOM_NAME_SIZE]);
/* Whether Engine.IO may offer the client a WebSocket instead of what carries it. */
bool peer_may_upgrade(const struct peer *peer);
/* Whether attachments are kept. */
bool peer_takes_binary(const struct peer *peer);
/* The token that came with the request, or NULL: a secret, forgotten once it has been used. */
const char *peer_token(const struct peer *peer);
void peer_forget_token(struct peer *peer);
/* If the carrier is a request that has not been answered yet, answers it with the refusal, closes,
 * and returns true. */
bool peer_refuse_request(struct peer *peer, const struct peer_refusal *refusal);
/* False once closing has begun. */
bool peer_is_open(const struct peer *peer);

/* ---- what a framing has read ---- */

/* The client asks to connect: calls the owner's `connect`. */
void peer_ask(struct peer *peer, const struct peer_connect *connect);
/* The client sets options: calls the owner's `again`. Returns why they are refused, or NULL. */
const struct peer_refusal *peer_ask_again(struct peer *peer, const struct peer_connect *connect);
/* The framing accepted it: the deadline for connecting is off. */
void peer_connected(struct peer *peer);
void peer_heard(struct peer *peer, const struct peer_event *event);
/* The client acknowledged this number. If nothing waits for it, or it is negative, it counts
 * against the rate of peer_may_err. */
void peer_acknowledged(struct peer *peer, int64_t id);
/* The client left a namespace. */
void peer_left(struct peer *peer, const char *namespace);
/* The client answered a heartbeat. If none was sent, it counts against the rate of peer_may_err. */
void peer_beat_answered(struct peer *peer);
/* Takes one from the client's rate for input that leads to no event (an unknown namespace, binary
 * data, an answer nobody asked for). False: the rate is used up. */
bool peer_may_err(struct peer *peer);
/* Counts a refusal that the framing itself sends: peer_reject, peer_fail and peer_breach do it by
 * themselves. */
void peer_count_refusal(struct peer *peer, const char *code);
/* The client broke the framing: counted, logged in one line, closed with CLOSE_BAD_MESSAGE. The
 * sentence is logged, so it must not contain anything that the client sent. */
void peer_breach(struct peer *peer, const char *sentence);
/* The client sent a type of message that the framing does not have: counted, closed with
 * CLOSE_UNSUPPORTED. */
void peer_unsupported(struct peer *peer, const char *reason);
/* As peer_fail, for input that peer_may_err counts; the failure is `rate_limited` once the rate is
 * used up. */
void peer_reject(
    struct peer *peer, const char *namespace, answer_id answer, const struct peer_failure *failure);

/* ---- what a framing sends ---- */

void peer_send_text(struct peer *peer, const void *text, size_t len);
void peer_send_binary(struct peer *peer, const void *data, size_t len);
/* As peer_fail, for an event in any namespace, joined or not. */
void peer_fail_in(
    struct peer *peer, const char *namespace, answer_id answer, const struct peer_failure *failure);

#endif
