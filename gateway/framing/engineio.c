#include "gateway/framing/engineio.h"

#include <string.h>

#include "common/buf.h"
#include "common/random.h"

#define PARAMETER_SIZE 64
#define OPEN_PACKET_MAX 512

static const struct refusal unknown_transport = {
    .status = 400,
    .body = "{\"code\":0,\"message\":\"Transport unknown\"}",
    .log = "Engine.IO refused: the query has no transport=websocket; a web server in front has to "
           "pass the query on",
};
static const struct refusal polling = {
    .status = 400,
    .body = "{\"code\":0,\"message\":\"Transport unknown\",\"hint\":\"HTTP long-polling is not "
            "served here: give the client transports: ['websocket']\"}",
    .log = "Engine.IO over HTTP long-polling refused: give the client transports: ['websocket']",
};
static const struct refusal unknown_session = {
    .status = 400,
    .body = "{\"code\":1,\"message\":\"Session ID unknown\"}",
    .log = "Engine.IO refused: it goes on with a session of HTTP long-polling, which this server "
           "has not: give the client transports: ['websocket']",
};
static const struct refusal unsupported_version = {
    .status = 400,
    .body = "{\"code\":5,\"message\":\"Unsupported protocol version\"}",
    .log = "Engine.IO refused: not its revision 4, which socket.io-client 3 and 4 speak",
};

static bool refuse_transport(struct candidate *candidate, const char *transport)
{
    if (!transport || strcmp(transport, "polling") != 0)
        return candidate_refuse(candidate, &unknown_transport);
    candidate->framings->counters.refused_polling++;
    return candidate_refuse(candidate, &polling);
}

bool engineio_admit(struct candidate *candidate)
{
    char value[PARAMETER_SIZE];
    const char *transport =
        http_request_parameter(candidate->request, "transport", value, sizeof(value));

    if (!transport || strcmp(transport, "websocket") != 0)
        return refuse_transport(candidate, transport);
    if (http_request_parameter(candidate->request, "sid", value, sizeof(value)))
        return candidate_refuse(candidate, &unknown_session);
    const char *version = http_request_parameter(candidate->request, "EIO", value, sizeof(value));
    if (!version || strcmp(version, "4") != 0)
        return candidate_refuse(candidate, &unsupported_version);
    return true;
}

void engineio_open(struct peer *peer)
{
    const struct peer_terms *terms = &peer->terms;
    char sid[RANDOM_NAME_SIZE];
    struct buf text;

    buf_init(&text, OPEN_PACKET_MAX);
    buf_addf(&text,
        "0{\"sid\":\"%s\",\"upgrades\":[],\"pingInterval\":%lld,\"pingTimeout\":%lld,"
        "\"maxPayload\":%zu}",
        random_name(sid), (long long)terms->ping_interval_ms, (long long)terms->ping_timeout_ms,
        terms->max_message);
    peer_send_text(peer, text.data, text.len);
    buf_release(&text);
}

void engineio_ping(struct peer *peer)
{
    peer_send_text(peer, "2", 1);
}

enum engineio_kind engineio_kind_of(const char *text, size_t len)
{
    switch (len ? text[0] : '\0') {
    case '4':
        return ENGINEIO_MESSAGE;
    case '3':
        return ENGINEIO_PONG;
    case '0': /* open */
    case '5': /* upgrade */
    case '6': /* noop */
        return ENGINEIO_NOTHING;
    case '1':
        return ENGINEIO_CLOSE;
    default: /* a ping too: in this revision it is the server that pings */
        return ENGINEIO_BREACH;
    }
}
