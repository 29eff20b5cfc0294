/*
 * reply: the answer to an event of a client, at once or when the store has
 * answered.
 *
 * A waiting reply remembers the event and whether the client wants an
 * acknowledgement, and references the client. A client that is gone gets no
 * answer.
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

/* For a small answer, and for a large one, which makes the client's next request wait. */
struct reply *reply_new(struct client *client, const char *event, answer_id answer);
struct reply *reply_new_large(struct client *client, const char *event, answer_id answer);
/* For a request to the store that the gateway makes on its own account, about a client. */
struct reply *reply_of_gateway(struct client *client, const char *event);
/* Whether the answer can still reach the client. */
bool reply_wanted(const struct reply *reply);
void reply_ok(struct reply *reply, const char *members, size_t len);
void reply_error(struct reply *reply, const char *code, const char *message);
/* For a verdict of the store that is not STORE_OK. */
void reply_refused(struct reply *reply, enum store_verdict verdict);
/* The maker of a reply frees it, also after reply_ok, _error and _refused. */
void reply_free(struct reply *reply);

#endif
