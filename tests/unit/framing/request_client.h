/*
 * request_client: bare HTTP requests to a peer_rig, each on a connection of its
 * own, with the token "t".
 */
#ifndef BELFRY_TESTS_UNIT_REQUEST_CLIENT_H
#define BELFRY_TESTS_UNIT_REQUEST_CLIENT_H

#include "tests/unit/framing/peer_rig.h"

/* `body` NULL: the request has none. */
void request_send(struct client *client, struct rig *rig, const char *method, const char *target,
    const char *body);
/* … and asserts that it is not answered yet. */
void request_send_unanswered(struct client *client, struct rig *rig, const char *method,
    const char *target, const char *body);
/* Sends more on the same connection. */
void request_continue(struct client *client, const char *text);

/* Waits for the whole answer. Returns its body, which lives as long as the client. */
const char *request_await(struct client *client, int status);
/* Asserts the whole answer, and closes the client. */
void request_expect(struct client *client, int status, const char *body);
/* Whether nothing has come yet. */
bool request_is_unanswered(struct client *client);

#endif
