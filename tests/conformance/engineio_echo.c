#include "tests/conformance/engineio_echo.h"

#include "gateway/framing/engineio.h"

/* Whoever has opened a session is connected: there is nothing to ask. */
static void opened(struct peer *peer)
{
    peer_connected(peer);
    engineio_open(peer);
}

static void on_text(struct peer *peer, const char *text, size_t len)
{
    engineio_text(peer, text, len, engineio_send_text);
}

const struct framing engineio_echo = {
    .name = "engine.io",
    .place = 2,
    .no_upgrade = &engineio_no_upgrade,
    .foreign_origin = &engineio_foreign_origin,
    .admit = engineio_admit,
    .opened = opened,
    .text = on_text,
    .binary = peer_send_binary,
    .ping = engineio_ping,
};
