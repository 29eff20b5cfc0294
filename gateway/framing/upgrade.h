/*
 * upgrade: a session of HTTP long polling moves to a WebSocket (Engine.IO
 * protocol, revision 4, "Upgrade").
 *
 *     GET …&transport=websocket&sid=…
 *     ▶ 2probe     ◀ 3probe       the WebSocket works; the held GET gets a noop
 *     ▶ 5                         from here on the WebSocket carries the session
 *
 * Until the `5` the session stays on polling, and stays there if the probe comes
 * to nothing: if the WebSocket closes, says anything else, or says nothing for
 * connect_timeout. A session has one probe at a time.
 */
#ifndef BELFRY_GATEWAY_FRAMING_UPGRADE_H
#define BELFRY_GATEWAY_FRAMING_UPGRADE_H

#include <stdbool.h>

struct candidate;

/* Whether the session that a request names (candidate->sid) is there, or none is named. If not, the
 * request is refused. */
bool upgrade_admit(struct candidate *candidate);
/* Serves a WebSocket request that names a session and was admitted. */
void upgrade_request(struct candidate *candidate);

#endif
