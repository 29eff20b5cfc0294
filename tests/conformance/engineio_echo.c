#include "tests/conformance/engineio_echo.h"

#include "gateway/framing/engineio.h"

static const struct refusal no_upgrade = {
    .status = 426, .body = "{\"code\":3,\"message\":\"Bad request\"}"};
static const struct refusal foreign_origin = {
    .status = 403, .body = "{\"code\":4,\"message\":\"Forbidden\"}"};

static void opened(struct peer *peer)
{
    peer_connected(peer);
    engineio_open(peer);
}

static void on_text(struct peer *peer, const char *text, size_t len)
{
    switch (engineio_kind_of(text, len)) {
    case ENGINEIO_MESSAGE:
        peer_send_text(peer, text, len);
        break;
    case ENGINEIO_PONG:
    case ENGINEIO_NOTHING:
        break;
    case ENGINEIO_CLOSE:
        peer_close(peer, CLOSE_NORMAL, "closed by the client");
        break;
    case ENGINEIO_BREACH:
        peer_breach(peer, "unknown type of Engine.IO packet");
        break;
    }
}

static void on_binary(struct peer *peer, const void *data, size_t len)
{
    peer_send_frame(peer, frame_new(FRAME_BINARY, data, len));
}

static void released(struct peer *peer)
{
    (void)peer;
}

const struct framing engineio_echo_framing = {
    .name = "engine.io",
    .place = 2,
    .no_upgrade = &no_upgrade,
    .foreign_origin = &foreign_origin,
    .admit = engineio_admit,
    .opened = opened,
    .text = on_text,
    .binary = on_binary,
    .ping = engineio_ping,
    .released = released,
};
