/*
 * session_state: struct peer, shared by session.c (its life) and peer.c (the
 * functions of peer.h and framing.h).
 */
#ifndef BELFRY_GATEWAY_FRAMING_SESSION_STATE_H
#define BELFRY_GATEWAY_FRAMING_SESSION_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/framing/carrier.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/heartbeat.h"
#include "gateway/framing/peers.h"
#include "gateway/net/wheel.h"

struct peer {
    struct carrier_owner owner;
    struct carrier carrier;
    const struct framing *framing;
    void *object;
    char *token; /* from the request, until it is used; a secret */
    struct wheel_entry timer;
    struct heartbeat heartbeat;
    struct heartbeat_terms terms;
    uint32_t max_message; /* bytes, as told to the client */
    uint32_t marked;      /* the highest that peer_mark has sent … */
    uint32_t confirmed;   /* … and the highest that came back */
    uint64_t sent;        /* bytes of frames */
    const char *closing;  /* why this side closed it, a literal; NULL: it did not */
    int64_t opened_at;    /* wall ms */
    int64_t connect_by;   /* steady ms: deadline for being accepted */
    uint8_t corks;
    bool is_held;
    bool is_connected; /* has been accepted */
    void *state[];     /* the framing's own, aligned for pointers */
};

/* Logs one line, "closed: " and the sentence, with number and address. In peer.c. */
void peer_log_close(struct peer *peer, const char *sentence);

#endif
