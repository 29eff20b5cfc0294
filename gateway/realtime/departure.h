/*
 * departure: sends all clients to another process of the gateway, spread over
 * time, so that nothing is lost and nothing is told twice.
 *
 * When its turn has come, a client is sent no further notification. Once it has
 * confirmed those that it was sent, and that is written, it is closed with 1012
 * and reconnects; one that does not confirm is closed after `patience`, and what
 * it was sent comes again there. Everybody else is served as always meanwhile.
 *
 * The confirmations of a client without a socket of its own (long polling, an
 * event stream) come by other requests, which may reach the other process: so it
 * is sent nothing more from the beginning.
 *
 * Clients that become ready meanwhile, on sockets that were accepted before, follow.
 */
#ifndef BELFRY_GATEWAY_REALTIME_DEPARTURE_H
#define BELFRY_GATEWAY_REALTIME_DEPARTURE_H

#include <stdint.h>

struct departure;
struct realtime;

struct departure *departure_new(struct realtime *realtime);
void departure_free(struct departure *departure);

/* Begins. `over` is called once: when no client is left, or at the latest soon after `spread_ms`
 * and `patience_ms`. */
void departure_begin(struct departure *departure, int64_t spread_ms, int64_t patience_ms,
    void (*over)(void *context), void *context);
/* Ends it, without calling `over`. */
void departure_stop(struct departure *departure);

#endif
