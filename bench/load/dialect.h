/*
 * dialect: how a server is spoken to.
 *
 * A dialect is a table of functions without state of its own. It writes with
 * member_send_text and link_send, and reports through the member_… functions.
 */
#ifndef BELFRY_BENCH_LOAD_DIALECT_H
#define BELFRY_BENCH_LOAD_DIALECT_H

#include <string.h>

#include "bench/load/member.h"

struct dialect {
    const char *name;
    const char *path;        /* where the URL has none */
    const char *subprotocol; /* NULL: none */
    const char *greeting;    /* the event that the server sends by itself; NULL: none */
    const char *public_prefix, *talk_prefix; /* before the names of topics; "" if none */
    bool stored;                             /* publishing is an INSERT into Belfry's queue */
    bool has_own_topics; /* a user is sent their own rows without joining a topic */
    bool bearer;         /* the token is a header of the upgrade */
    bool topic_in_path;  /* the path ends with the topic, and nothing else is joined */
    uint32_t
        topics_in_path;  /* the first request names the topics, at most so many; 0: it does not */
    bool is_unconfirmed; /* it confirms no rows: they would not go on coming */

    /* HTTP without an upgrade: takes what came, and returns how many bytes it is done with;
     * `opened` and `message` are then its own matter. NULL: a WebSocket. */
    size_t (*input)(struct member *member, char *data, size_t len);
    /* Writes the first request to `out`. NULL: that of a WebSocket. */
    void (*request)(struct member *member, struct buf *out);
    /* Sends a text. NULL: as a WebSocket's message. */
    void (*send)(struct member *member, const char *text, size_t len);

    void (*opened)(struct member *member);
    void (*message)(struct member *member, char *text, size_t len);
    void (*join)(struct member *member, uint32_t number, const char *topic);
    /* NULL: the dialect publishes by INSERT. */
    void (*publish)(struct member *member, const char *topic, const char *payload, size_t len);
    /* Sends a message to a conversation; the server answers. NULL: as publish. */
    void (*say)(struct member *member, const char *topic, const char *payload, size_t len);
    /* Sends an event that the server answers. NULL: there is none. */
    void (*echo)(struct member *member, const char *payload, size_t len);
};

/* Whether a message begins so. */
static inline bool starts_with(const char *text, size_t len, const char *start)
{
    size_t size = strlen(start);

    return len >= size && memcmp(text, start, size) == 0;
}

/* What is asked with a number is answered with it: a subscription has that of its topic, and all
 * else has ANSWER. */
enum { ANSWER = 100000 };

/* Tells what the answer with this number was to: a subscription, or something else. */
static inline void answer_tell(struct member *member, long number)
{
    if (number >= ANSWER)
        member_answered(member);
    else
        member_joined(member);
}

/* NULL if there is none with that name. */
const struct dialect *dialect_find(const char *name);

/* Each in the file of its name; the table of all is dialects.c. */
extern const struct dialect dialect_belfry_socketio, dialect_belfry_plain, dialect_socketio,
    dialect_websocket, dialect_nats, dialect_mqtt, dialect_nchan, dialect_belfry_polling,
    dialect_belfry_events;

#endif
