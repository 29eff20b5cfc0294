/*
 * member: one client of a crowd: a link, and what its dialect has heard so far.
 *
 * A dialect (dialect.h) turns messages of the wire into the calls below; the crowd
 * (crowd.h) hears of them through `struct member_events`. A member is ready when
 * it has been welcomed (its token accepted), greeted (what the server says by
 * itself has come), and each of its topics is joined.
 */
#ifndef BELFRY_BENCH_LOAD_MEMBER_H
#define BELFRY_BENCH_LOAD_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/load/link.h"
#include "bench/load/options.h"
#include "bench/load/token_maker.h"
#include "common/buf.h"

struct dialect;
struct member;

/* The longest topic with its NUL. */
#define TOPIC_SIZE 128

struct member_events {
    void (*ready)(struct member *member);
    /* A message that may carry a stamp. Returns whether it did. */
    bool (*delivered)(struct member *member, const char *text, size_t len);
    /* The reply to an echo, or what confirms something published. */
    void (*answered)(struct member *member);
    void (*failed)(struct member *member, const char *why);
};

/* What all members of a crowd share. */
struct member_common {
    struct link_loop loop;
    const struct options *options;
    const struct dialect *dialect;
    const struct member_events *events;
    struct token_maker tokens;
    struct buf scratch; /* for a message that is being written */
    bool unicast;       /* each member has a topic of its own, else all join the same */
    /* Writes the name of a destination to `out`, which has TOPIC_SIZE bytes: of a topic, or in
     * unicast of a member's user. */
    void (*name)(const struct member_common *common, uint32_t destination, char *out);
};

struct member {
    struct link link;
    struct member_common *common;
    uint32_t index;
    uint32_t topics, joined; /* to join, and joined */
    bool publishes;          /* it is there to publish: it joins nothing */
    bool welcomed, greeted, ready;
    uint16_t numbered; /* how many numbered packets it has published: for dialects that need it */
    int64_t began;     /* when it began to connect */
    size_t hint;       /* where the last stamp was found */
    char *request;     /* the first one, until it is answered */
    void *carrier;     /* what a dialect keeps for a member; malloc()ed */
    char *stash;       /* the beginning of a packet, where a frame is no message */
    size_t stash_len;
};

/* Begins to connect. 0, or -1 with the reason. */
int member_begin(struct member *member, struct member_common *common, uint32_t index,
    bool publishes, struct reason *why);
void member_end(struct member *member);

/* The name of the topic that it joins as its `number`th: out has TOPIC_SIZE bytes. */
void member_topic(const struct member *member, uint32_t number, char *out);

/* The name of its user: out has TOKEN_USER_SIZE bytes. */
void member_user(const struct member *member, char *out);
/* Its token, valid until the next one is made. */
const char *member_token(const struct member *member);

void member_send_text(struct member *member, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What a dialect reports. */
void member_welcomed(struct member *member);
void member_greeted(struct member *member);
void member_joined(struct member *member);
void member_refused(struct member *member, const char *text, size_t len);
bool member_delivered(struct member *member, const char *text, size_t len);
void member_answered(struct member *member);

/* For protocols that are a stream of packets in frames: calls take for each packet; it returns the
 * packet's size, 0 if it is not whole, -1 if it is none. */
void member_stream(struct member *member, char *data, size_t len,
    long (*take)(struct member *member, char *data, size_t len));

/* What the loop calls. */
extern const struct link_events member_link_events;

#endif
