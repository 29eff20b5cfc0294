/*
 * heartbeat: when a client is to be pinged, and when its silence is the end.
 *
 * Beats are due at even distances, counted from the first: one that goes late,
 * since the machine is busy, delays none after it, and those that were missed
 * are not made up for. (A client of Engine.IO hangs up where none comes.)
 *
 * Whatever comes from the client after a beat is life, be it half a message. A
 * client is silent when ping_timeout has passed since the beat and nothing
 * came. Its silence means nothing, and it is given the time-out again, while
 * what it says may wait unread here, or while it is still taking what was sent
 * before the beat.
 *
 * All times are steady milliseconds.
 */
#ifndef BELFRY_GATEWAY_FRAMING_HEARTBEAT_H
#define BELFRY_GATEWAY_FRAMING_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/framing/carrier.h"

/* As the client was told. */
struct heartbeat_terms {
    uint32_t interval_ms, timeout_ms;
};

struct heartbeat {
    int64_t due_at;  /* when the next beat goes */
    int64_t beat_at; /* when the last one went, or was given its time again */
    uint64_t heard;  /* carrier_heard at the last beat */
    uint32_t upto;   /* bytes sent, with the last beat (modulo 2^32, like the next) … */
    uint32_t taken;  /* … and of all sent, those that the client had taken when last looked at */
    uint32_t owed;   /* answers to beats that have not come */
    bool awaits;     /* nothing came since the last beat, as far as was looked */
    bool is_behind;  /* the client had not taken all before the beat, as far as was looked */
};

enum heartbeat_verdict { HEARTBEAT_NOTHING, HEARTBEAT_BEAT, HEARTBEAT_SILENT };

void heartbeat_begin(struct heartbeat *heartbeat, const struct heartbeat_terms *terms, int64_t now);
/* When heartbeat_look is to be called again. */
int64_t heartbeat_next(const struct heartbeat *heartbeat, const struct heartbeat_terms *terms);
/* What is to be done now; `sent` is what the session has sent in all, in bytes. */
enum heartbeat_verdict heartbeat_look(struct heartbeat *heartbeat,
    const struct heartbeat_terms *terms, struct carrier carrier, uint64_t sent, int64_t now);
/* A beat goes out: call the first before it, the second behind it. */
void heartbeat_before(struct heartbeat *heartbeat, const struct heartbeat_terms *terms,
    struct carrier carrier, uint64_t sent, int64_t now);
void heartbeat_behind(struct heartbeat *heartbeat, uint64_t sent);
/* The client answered a beat. False: it answered none that it owes an answer to. */
bool heartbeat_answered(struct heartbeat *heartbeat);
/* The client has come to another carrier, which is life. */
void heartbeat_moved(struct heartbeat *heartbeat);

#endif
