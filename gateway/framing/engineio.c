#include "gateway/framing/engineio.h"

#include <stdint.h>
#include <stdio.h>
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
    .log = "Engine.IO refused: the query has neither transport=websocket nor transport=polling; a "
           "web server in front has to pass the query on",
};
static const struct candidate_refusal unsupported_version = {
    .status = 400,
    .body = "{\"code\":5,\"message\":\"Unsupported protocol version\"}",
    .log = "Engine.IO refused: not its revision 4, which socket.io-client 3 and 4 speak",
};

const struct candidate_refusal engineio_unknown_session = {
    .status = 400,
    .body = "{\"code\":1,\"message\":\"Session ID unknown\"}",
    .log = "Engine.IO refused: its session has ended, or belongs to another process: several "
           "gateways behind one balancer need sticky sessions for HTTP long polling",
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

static bool is_transport(const char *word)
{
    return word && (strcmp(word, "websocket") == 0 || strcmp(word, "polling") == 0);
}

static bool names_session(const struct candidate *candidate)
{
    const char *query = http_request_query(candidate->request);

    return strncmp(query, "sid=", 4) == 0 || strstr(query, "&sid=") != NULL;
}

/* Takes the id of the session, if the query names one. One that is no id of ours is unknown, not
 * absent: it must not open a new session. */
static bool take_sid(struct candidate *candidate)
{
    char value[PARAMETER_SIZE];
    const char *sid = candidate_parameter(candidate, "sid", value, sizeof(value));

    if (!sid && !names_session(candidate))
        return false;
    snprintf(candidate->sid, sizeof(candidate->sid), "%s",
        sid && strlen(sid) == sizeof(candidate->sid) - 1 ? sid : "?");
    return true;
}

bool engineio_admit(struct candidate *candidate)
{
    char value[PARAMETER_SIZE];
    const char *word = candidate_parameter(candidate, "transport", value, sizeof(value));

    if (!is_transport(word))
        return candidate_refuse(candidate, &unknown_transport);
    if (take_sid(candidate))
        return true;
    word = candidate_parameter(candidate, "EIO", value, sizeof(value));
    if (!word || strcmp(word, "4") != 0)
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
        "0{\"sid\":\"%s\",\"upgrades\":[%s],\"pingInterval\":%lld,\"pingTimeout\":%lld,"
        "\"maxPayload\":%zu}",
        peer_id(peer, id), peer_may_upgrade(peer) ? "\"websocket\"" : "",
        (long long)terms.ping_interval_ms, (long long)terms.ping_timeout_ms, terms.max_message);
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
