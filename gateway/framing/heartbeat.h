/*
 * heartbeat: decides when to ping a client, and when to close it for silence.
 *
 * Beats are due at even intervals, counted from the first. A beat that is late
 * because the machine is busy does not delay the next, and missed beats are not
 * made up for. (An Engine.IO client hangs up if no beat comes.) The first comes
 * up to a 128th of the interval early, at a moment that many clients share: then
 * the loop sends many beats in one turn and reads many answers in the next, and
 * is woken less often.
 *
 * Any input after a beat shows that the client is alive, even half a message. A
 * client is silent if nothing came within ping_timeout of the beat. It gets the
 * timeout again while its input may wait unread here, or while it is still
 * taking what was sent before the beat: then its silence means nothing.
 *
 * All times are steady milliseconds.
 */
#ifndef BELFRY_GATEWAY_FRAMING_HEARTBEAT_H
#define BELFRY_GATEWAY_FRAMING_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/framing/carrier.h"

/* The intervals that the client was told. */
struct heartbeat_terms {
    uint32_t interval_ms, timeout_ms;
};

struct heartbeat {
    int64_t due_at;  /* when the next beat is due */
    int64_t beat_at; /* when the last beat was sent, or got its timeout again */
    uint32_t heard;  /* carrier_heard at the last beat (modulo 2^32) */
    uint32_t upto;   /* bytes sent, up to and with the last beat (modulo 2^32) */
    uint32_t taken;  /* bytes the client had taken at the last look (modulo 2^32) */
    uint16_t owed;   /* beats that are not answered yet, up to 65,535 */
    bool awaits;     /* nothing had come since the last beat at the last look */
    bool is_behind;  /* at the last look the client had not yet taken all sent before the beat */
};

enum heartbeat_verdict { HEARTBEAT_NOTHING, HEARTBEAT_BEAT, HEARTBEAT_SILENT };

void heartbeat_begin(struct heartbeat *heartbeat, const struct heartbeat_terms *terms, int64_t now);
/* When heartbeat_look is to be called again. */
int64_t heartbeat_next(const struct heartbeat *heartbeat, const struct heartbeat_terms *terms);
/* Returns what to do now; `sent`: all bytes the session has sent. */
enum heartbeat_verdict heartbeat_look(struct heartbeat *heartbeat,
    const struct heartbeat_terms *terms, struct carrier carrier, uint64_t sent, int64_t now);
/* Call the first before a beat is sent, the second after it. */
void heartbeat_before(struct heartbeat *heartbeat, const struct heartbeat_terms *terms,
    struct carrier carrier, uint64_t sent, int64_t now);
void heartbeat_behind(struct heartbeat *heartbeat, uint64_t sent);
/* The client answered a beat. False: no beat was unanswered. */
bool heartbeat_answered(struct heartbeat *heartbeat);
/* The client moved to another carrier, which shows that it is alive. */
void heartbeat_moved(struct heartbeat *heartbeat);

#endif
