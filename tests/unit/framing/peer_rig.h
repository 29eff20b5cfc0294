/*
 * peer_rig: peers over real sockets, in one thread, at a time that the test sets.
 *
 * The rig is a server with framings. Its owner logs each callback as one line,
 * and accepts or refuses clients as `decision` says. Its client is a bare socket,
 * so that a test can send anything.
 */
#ifndef BELFRY_TESTS_UNIT_PEER_RIG_H
#define BELFRY_TESTS_UNIT_PEER_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/proxies.h"
#include "gateway/framing/carrier.h"
#include "gateway/framing/framings.h"
#include "gateway/framing/peer.h"

enum decision { DECISION_ACCEPT, DECISION_LATER, DECISION_REFUSE };

struct rig {
    uv_loop_t loop;
    int64_t steady_ms;
    struct clock clock;
    int log_fd; /* the log: a file without a name */
    struct log_sink sink;
    struct logger log;
    struct wheel *wheel;
    struct proxies *proxies;
    struct config_list proxy_list, origins;
    struct framing_settings settings;
    struct framings *framings;
    struct server *server;
    enum decision decision;
    struct peer_refusal refusal;
    const struct peer_refusal *vouched; /* why the token of another request is refused */
    bool is_over_rate;                  /* what leads to no event is too much */
    bool is_busy;                       /* each event holds the peer */
    struct peer *peer;                  /* the last that asked to connect, until it is closed */
    /* WebSockets to /second do not become a session: the test moves a session to one. Until then
     * they are owned by `second_owner`, which ignores everything. */
    struct carrier second;
    struct carrier_owner second_owner;
    struct buf told; /* what the owner was told */
};

struct client {
    struct rig *rig;
    int fd;
    struct buf in;
};

struct rig *rig_new(void);
void rig_free(struct rig *rig);
/* Runs the loop until nothing is left to do. */
void rig_turn(struct rig *rig);
/* Advances the time. */
void rig_advance(struct rig *rig, int64_t ms);
/* Asserts the owner's log since the last call, after waiting for that much. */
void rig_expect_told(struct rig *rig, const char *expected);
/* The log so far; the caller frees it. */
char *rig_log(struct rig *rig);

/* Requests the upgrade with additional header lines ("Name: value\r\n"…). Returns the status. */
int peer_client_open(
    struct client *client, struct rig *rig, const char *target, const char *fields);
/* Waits for `end`; returns what was received up to and including it, NUL-terminated in client->in.
 */
void peer_client_await(struct client *client, const char *end);
/* client_open of a framing whose handshake is done. */
void peer_client_open_plain(struct client *client, struct rig *rig, const char *fields);
void peer_client_open_socketio(struct client *client, struct rig *rig, const char *fields);
void peer_client_connect_socketio(struct client *client, struct rig *rig);
void peer_client_close(struct client *client);
/* … and asserts the log until then. */
void peer_client_end(struct client *client, struct rig *rig, const char *told);

void peer_client_send(struct client *client, const char *text);
void peer_client_send_frame(struct client *client, unsigned kind, const void *data, size_t len);
/* Waits until the server has read everything that was sent: by a ping, whose pong must come next.
 */
void peer_client_settle(struct client *client);
/* Asserts the next frame. */
void peer_client_expect(struct client *client, const char *text);
void peer_client_expect_close(struct client *client, int code);
/* The next frame's payload; returns its kind. */
unsigned peer_client_next(struct client *client, char *payload, size_t size, size_t *len);

#endif
