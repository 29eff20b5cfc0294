#include "gateway/framing/handover.h"

#include <stdlib.h>

#include "common/container_of.h"
#include "common/memory.h"
#include "gateway/framing/peers.h"
#include "gateway/framing/polling_body.h"
#include "gateway/framing/refusal.h"
#include "gateway/framing/session.h"

struct handover {
    struct carrier_owner owner;
    struct carrier websocket;
    struct carrier_owner *session;
    struct polling_body rest;
};

static struct handover *handover_of(struct carrier_owner *owner)
{
    return container_of(owner, struct handover, owner);
}

static void handover_free(struct handover *handover)
{
    polling_body_release(&handover->rest);
    free(handover);
}

/* The next packet of the rest, if the session may have it. */
static enum polling_packet_result give_next(struct handover *handover)
{
    struct carrier_owner *session = handover->session;
    struct polling_packet packet;
    enum polling_packet_result result = polling_body_next(&handover->rest, &packet);

    if (result == POLLING_PACKET)
        session->events->message(session, packet.kind, packet.data, packet.len);
    return result;
}

/* Returns whether the session has it all: then this is gone. */
static bool handover_go_on(struct handover *handover)
{
    const struct peer *peer = session_of_owner(handover->session);
    enum polling_packet_result result = POLLING_PACKET;

    while (
        result == POLLING_PACKET && !session_is_held(peer) && carrier_is_open(handover->websocket))
        result = give_next(handover);
    if (result == POLLING_BROKEN) {
        handover->owner.peers->counters.bad_messages++;
        peers_log(handover->owner.peers, handover->owner.number,
            carrier_address(handover->websocket), "closed: malformed body of a POST");
        carrier_close(handover->websocket, CLOSE_BAD_MESSAGE, "malformed body of a POST");
    }
    if (result != POLLING_END)
        return false;
    carrier_own(handover->websocket, handover->session);
    handover_free(handover);
    return true;
}

/* ---- what the WebSocket says ---- */

static void on_opened(struct carrier_owner *owner)
{
    (void)owner;
}

static void on_message(
    struct carrier_owner *owner, enum frame_kind kind, const void *data, size_t len)
{
    struct carrier_owner *session = handover_of(owner)->session;

    session->events->message(session, kind, data, len);
}

static bool on_pinged(struct carrier_owner *owner)
{
    struct carrier_owner *session = handover_of(owner)->session;

    return session->events->pinged(session);
}

static void on_ponged(struct carrier_owner *owner)
{
    struct carrier_owner *session = handover_of(owner)->session;

    session->events->ponged(session);
}

static void on_marked(struct carrier_owner *owner, uint32_t mark)
{
    struct carrier_owner *session = handover_of(owner)->session;

    session->events->marked(session, mark);
}

static void on_drained(struct carrier_owner *owner)
{
    struct carrier_owner *session = handover_of(owner)->session;

    session->events->drained(session);
}

static void on_resumed(struct carrier_owner *owner)
{
    struct carrier_owner *session = handover_of(owner)->session;

    if (handover_go_on(handover_of(owner)))
        session->events->resumed(session);
}

static void on_stalled(struct carrier_owner *owner)
{
    struct carrier_owner *session = handover_of(owner)->session;

    session->events->stalled(session);
}

static void on_closed(struct carrier_owner *owner, int code)
{
    struct carrier_owner *session = handover_of(owner)->session;

    handover_free(handover_of(owner));
    session->events->closed(session, code);
}

static const struct carrier_events handover_events = {
    .opened = on_opened,
    .message = on_message,
    .pinged = on_pinged,
    .ponged = on_ponged,
    .marked = on_marked,
    .drained = on_drained,
    .resumed = on_resumed,
    .stalled = on_stalled,
    .closed = on_closed,
};

void handover_begin(
    struct carrier websocket, struct carrier_owner *session, const struct polling_body *rest)
{
    struct handover *handover = mem_zalloc(sizeof(*handover));

    handover->owner = (struct carrier_owner){
        .events = &handover_events, .peers = session->peers, .number = session->number};
    handover->websocket = websocket;
    handover->session = session;
    handover->rest = *rest;
    carrier_own(websocket, &handover->owner);
    handover_go_on(handover);
}
