/*
 * handover: the rest of a POST, for a session that has moved from polling to a
 * WebSocket before it could process all of it.
 *
 * It stands between the two: it holds back what the WebSocket brings until the
 * session has been given the rest, at the session's own pace, and then leaves.
 * So the order in which the client has sent its packets is kept.
 */
#ifndef BELFRY_GATEWAY_FRAMING_HANDOVER_H
#define BELFRY_GATEWAY_FRAMING_HANDOVER_H

#include "gateway/framing/carrier.h"

struct polling_body;

/* Right after session_move to that WebSocket. Takes the rest over, which was kept
 * (polling_body_keep). */
void handover_begin(
    struct carrier websocket, struct carrier_owner *session, const struct polling_body *rest);

#endif
