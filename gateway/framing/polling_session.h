/*
 * polling_session: the requests of one session of Engine.IO's long polling.
 *
 * Output waits in a queue. The client keeps one GET open, which is answered with
 * what waits (polling_body.h) as soon as there is something; then it sends the
 * next. Input comes by POST, one at a time, and is answered `ok` once all of it
 * has been processed: while the carrier is held that waits, and the client sends
 * no more. (Unless it is about to upgrade: then the rest of the POST is kept, so
 * that the client can go on.) Two GETs or two POSTs at once end the session, and
 * so does one that the client cancels: part of its order would be lost.
 *
 * The GET after a body says that the client has that body. So a mark goes into
 * the queue behind what it marks, and comes back with the GET after the body
 * that took it out; a mark that nothing goes with travels with a noop.
 *
 * Closing: what waits is still given out, and a close packet behind it, to the
 * GET that is held or, within close_timeout, to the next ones; from then on the
 * id is unknown. If the client itself has ended the session, that is at once.
 * CLOSE_NORMAL, which the client or an upgrade asked for, needs no close packet:
 * a noop ends the GET.
 *
 * Bounds: one body is BODY_MAX bytes, or one packet; what is kept of POSTs is at
 * most twice the largest that is accepted; the queue is bounded by its
 * owner, and as a safeguard by max_buffer and max_message here (closed 4408). A
 * session whose output nobody polls for ping_timeout is `stalled`.
 *
 * Ownership: it frees itself when `closed` has been called and no exchange uses
 * it any more.
 */
#ifndef BELFRY_GATEWAY_FRAMING_POLLING_SESSION_H
#define BELFRY_GATEWAY_FRAMING_POLLING_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/framing/directory.h"

struct carrier_owner;
struct exchange;
struct peers;
struct polling;
struct polling_body;

/* A second carrier for the session is being tried. Embedded in whoever tries it. */
struct polling_probe {
    /* The session has ended: there is nothing to upgrade. */
    void (*ended)(struct polling_probe *probe);
};

/* Enters the session of that number into peers->directory; NULL with the verdict if that is full.
 * `counted`: whether its address is limited. The first exchange must follow: polling_get. */
struct polling *polling_new(struct peers *peers, uint64_t number, const char *address, bool counted,
    enum directory_verdict *verdict);
/* The session of that id, or NULL if there is none, or it has been silent for too long. */
struct polling *polling_find(struct peers *peers, const char *sid);
/* Whether the session of that id has moved to another carrier, a moment ago. */
bool polling_has_moved(struct peers *peers, const char *sid);
/* NULL once nobody owns it. */
struct carrier_owner *polling_owner(const struct polling *polling);
uint64_t polling_number(const struct polling *polling);

/* Serve a GET without a body, and a POST: both from within server_request. */
void polling_get(struct polling *polling, struct exchange *exchange);
void polling_post(struct polling *polling, struct exchange *exchange);

/* Begins and ends (NULL) a probe. False: there is one already, or it is closing. */
bool polling_set_probe(struct polling *polling, struct polling_probe *probe);
/* The probe was answered: from now on no GET is held, so that the client can let go of polling. */
void polling_release_get(struct polling *polling);
/* What has come by POST and is not processed, since the carrier is or was held: whoever moves the
 * session gives it that before anything else. The caller owns *rest. False: there is none. */
bool polling_take_rest(struct polling *polling, struct polling_body *rest);

#endif
