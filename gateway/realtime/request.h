/*
 * request: an event of a client whose answer is not there yet.
 *
 * It remembers which event it was, whether an acknowledgement is waited for,
 * and one text (a topic, a token's claims…), and holds a reference to the
 * client. Answering ends it; a client that has gone is answered to nobody.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REQUEST_H
#define BELFRY_GATEWAY_REALTIME_REQUEST_H

#include <stddef.h>

#include "common/buf.h"
#include "gateway/queue/store.h"
#include "gateway/realtime/client.h"

/* Most of them under way for a client. */
#define REQUESTS_MAX 64

/* Answers an event at once. `members` is what follows `"ok":true` in the acknowledgement, with its
 * leading comma, or NULL. */
void answer_ok(struct client *client, answer_id answer, const char *members, size_t len);
void answer_error(struct client *client, const char *event, answer_id answer, const char *code,
    const char *message);

struct request {
    struct client *client;
    const char *event; /* from the table: static */
    answer_id answer;
};

/* NULL, and the client told, where it has too many under way. */
struct request *request_new(struct client *client, const char *event, answer_id answer);
/* Whether the answer can still reach the client. */
bool request_wanted(const struct request *request);
void request_ok(struct request *request, const char *members, size_t len);
void request_error(struct request *request, const char *code, const char *message);
/* The verdicts of the store that are no success. */
void request_unavailable(struct request *request);
/* Ends it; each request_… above leaves that to the caller. */
void request_free(struct request *request);

#endif
