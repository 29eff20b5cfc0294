/*
 * reply: what an event of a client is answered, at once or when the store has
 * said what there is to say.
 *
 * A reply that waits remembers which event it was and whether an
 * acknowledgement is waited for, and holds a reference to the client, so that
 * it outlives it. A client that has gone is answered nothing.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REPLY_H
#define BELFRY_GATEWAY_REALTIME_REPLY_H

#include <stddef.h>

#include "common/buf.h"
#include "gateway/realtime/client.h"
#include "gateway/store/store.h"

/* Answers an event at once. `members` is what follows `"ok":true` in the acknowledgement, with its
 * leading comma, or NULL. An event `error` names the topic or conversation that it is about. */
void answer_ok(struct client *client, answer_id answer, const char *members, size_t len);
void answer_error(struct client *client, const char *event, answer_id answer, const char *code,
    const char *message);
void answer_bad_request(struct client *client, const struct peer_event *event, const char *message);

/* The event `error` about a topic, when no request of the client caused it. */
void answer_error_about(struct client *client, const char *event, const char *topic,
    const char *code, const char *message);

struct reply {
    struct client *client;
    const char *event; /* from the table: static */
    char *subject;     /* subject.h */
    answer_id answer;
    uint32_t weight;
};

/* A small answer is to come, or a large one: such that the client's next request waits for it. */
struct reply *reply_new(struct client *client, const char *event, answer_id answer);
struct reply *reply_new_large(struct client *client, const char *event, answer_id answer);
/* For what the gateway has to ask about a client by itself. */
struct reply *reply_of_gateway(struct client *client, const char *event);
/* Whether the answer can still reach the client. */
bool reply_wanted(const struct reply *reply);
void reply_ok(struct reply *reply, const char *members, size_t len);
void reply_error(struct reply *reply, const char *code, const char *message);
/* For a verdict of the store that is not STORE_OK. */
void reply_refused(struct reply *reply, enum store_verdict verdict);
/* Ends it; each reply_… above leaves that to the caller. */
void reply_free(struct reply *reply);

#endif
