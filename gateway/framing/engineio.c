#include "gateway/framing/engineio.h"

#include <stdint.h>
#include <string.h>

#include "common/buf.h"
#include "gateway/framing/candidate.h"
#include "gateway/framing/framing.h"
#include "gateway/framing/peer.h"

#define PARAMETER_SIZE 64
#define OPEN_PACKET_MAX 512

static const struct candidate_refusal unknown_transport = {
    .status = 400,
    .body = "{\"code\":0,\"message\":\"Transport unknown\"}",
    .log = "Engine.IO refused: the query has no transport=websocket; a web server in front has to "
           "pass the query on",
};
static const struct candidate_refusal unknown_session = {
    .status = 400,
    .body = "{\"code\":1,\"message\":\"Session ID unknown\"}",
    .log = "Engine.IO refused: it goes on with a session of HTTP long-polling, which this server "
           "has not: give the client transports: ['websocket']",
};
static const struct candidate_refusal unsupported_version = {
    .status = 400,
    .body = "{\"code\":5,\"message\":\"Unsupported protocol version\"}",
    .log = "Engine.IO refused: not its revision 4, which socket.io-client 3 and 4 speak",
};

const struct candidate_refusal engineio_no_polling = {
    .status = 400,
    .body = "{\"code\":0,\"message\":\"Transport unknown\",\"hint\":\"HTTP long-polling is not "
            "served here: give the client transports: ['websocket']\"}",
    .log = "Engine.IO over HTTP long-polling refused: it is not served yet, whether or not "
           "`transports` lists it: give the client transports: ['websocket']",
};
const struct candidate_refusal engineio_unserved = {
    .status = 400,
    .body = "{\"code\":0,\"message\":\"Transport unknown\",\"hint\":\"It is not among the "
            "server's transports: leave it out of the client's\"}",
    .log = "Engine.IO refused: the client asks for a transport that `transports` leaves out: add "
           "it there, or take it from the client's option of the same name",
};
const struct candidate_refusal engineio_no_upgrade = {
    .status = 426,
    .body = "{\"code\":3,\"message\":\"Bad request\",\"error\":\"WebSocket wanted: the request has "
            "no Upgrade, or the web server in front does not pass it on\"}",
    .log = LOG_NO_UPGRADE,
};
const struct candidate_refusal engineio_foreign_origin = {
    .status = 403,
    .body = "{\"code\":4,\"message\":\"Forbidden\",\"error\":\"Origin not allowed\"}",
};

bool engineio_admit(struct candidate *candidate)
{
    char value[PARAMETER_SIZE];
    const char *transport = candidate_parameter(candidate, "transport", value, sizeof(value));

    if (!transport || strcmp(transport, "websocket") != 0)
        return candidate_refuse(candidate, &unknown_transport);
    if (candidate_parameter(candidate, "sid", value, sizeof(value)))
        return candidate_refuse(candidate, &unknown_session);
    const char *version = candidate_parameter(candidate, "EIO", value, sizeof(value));
    if (!version || strcmp(version, "4") != 0)
        return candidate_refuse(candidate, &unsupported_version);
    return true;
}

void engineio_open(struct peer *peer)
{
    struct peer_terms terms = peer_terms(peer);
    char id[RANDOM_NAME_SIZE];
    struct buf text;

    buf_init(&text, OPEN_PACKET_MAX);
    buf_addf(&text,
        "0{\"sid\":\"%s\",\"upgrades\":[],\"pingInterval\":%lld,\"pingTimeout\":%lld,"
        "\"maxPayload\":%zu}",
        peer_id(peer, id), (long long)terms.ping_interval_ms, (long long)terms.ping_timeout_ms,
        terms.max_message);
    peer_send_text(peer, text.data, text.len);
    buf_release(&text);
}

void engineio_ping(struct peer *peer)
{
    peer_send_text(peer, "2", 1);
}

void engineio_send_text(struct peer *peer, const char *text, size_t len)
{
    struct buf packet;

    buf_init(&packet, SIZE_MAX);
    buf_add_char(&packet, '4');
    buf_add(&packet, text, len);
    peer_send_text(peer, packet.data, packet.len);
    buf_release(&packet);
}

void engineio_text(struct peer *peer, const char *text, size_t len, engineio_message *message)
{
    switch (len ? text[0] : '\0') {
    case '4':
        message(peer, text + 1, len - 1);
        break;
    case '3': /* pong */
        peer_beat_answered(peer);
        break;
    case '0': /* open */
    case '5': /* upgrade */
    case '6': /* noop */
        peer_may_err(peer);
        break;
    case '1':
        peer_close(peer, CLOSE_NORMAL, "closed by the client");
        break;
    default: /* a ping too: in this revision it is the server that pings */
        peer_breach(peer, "unknown type of Engine.IO packet");
        break;
    }
}
