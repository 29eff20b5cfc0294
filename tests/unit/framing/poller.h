/*
 * poller: a client of a peer_rig that is on HTTP long polling, each of its requests
 * on a connection of its own.
 */
#ifndef BELFRY_TESTS_UNIT_POLLER_H
#define BELFRY_TESTS_UNIT_POLLER_H

#include "tests/unit/framing/peer_rig.h"

/* Where a handshake goes. */
#define POLLING "/socket.io/?EIO=4&transport=polling"
#define POLLER_TARGET_SIZE 256
/* A body of two packets. */
#define A_AND_B \
    "42[\"a\"]\x1e" \
    "42[\"b\"]"
/* More than one slot of the wheel, after which what is to be done at once is done. */
#define SLOT_MS 100

struct poller {
    struct rig *rig;
    char target[POLLER_TARGET_SIZE]; /* of its session */
};

void poller_open(struct poller *poller, struct rig *rig);
/* … with its namespace connected, and the answer to that fetched. */
void poller_connect(struct poller *poller, struct rig *rig);
/* … and its session held, with a POST that waits. */
void poller_hold(struct poller *poller, struct rig *rig, struct client *posted, const char *body);

/* A whole POST. */
void poller_post(struct poller *poller, const char *body);
/* A GET that is not answered yet; or a whole one, with that answer. */
void poller_get(struct poller *poller, struct client *client);
void poller_expect(struct poller *poller, const char *body);
/* Asserts that the session has ended. */
void poller_expect_gone(struct poller *poller);

/* The rig's owner sends an event; or lets the session go on that was held. */
void poller_rig_send(struct rig *rig, const char *json);
void poller_rig_go_on(struct rig *rig);

#endif
