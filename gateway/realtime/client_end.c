#include "gateway/realtime/client_end.h"

#include <stdio.h>

#include "gateway/delivery/delivery.h"
#include "gateway/framing/peer.h"
#include "gateway/framing/refusal.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/recent_ends.h"

/* Where this side did not close it. */
static const char *words_of(int code)
{
    static const struct {
        int code;
        const char *words;
    } known[] = {
        {CLOSE_NORMAL, "closed by the client"},
        {CLOSE_GOING_AWAY, "closed by the client: its page was left"},
        {CLOSE_NO_STATUS, "closed by the client"},
        {CLOSE_ABNORMAL, "the connection was lost"},
        {CLOSE_SERVICE_RESTART, "server is shutting down"},
        {CLOSE_TOO_BIG, "message too large"},
        {CLOSE_PROTOCOL_ERROR, "breach of the WebSocket protocol"},
        {CLOSE_INVALID_DATA, "text that is not UTF-8"},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].code == code)
            return known[i].words;
    return "closed by the client with a code of its own";
}

const char *client_end_why(const struct peer *peer, int code)
{
    const char *reason = peer_closing(peer);

    return reason ? reason : words_of(code);
}

void client_end_keep(struct realtime *realtime, const struct peer *peer, int code)
{
    const struct client *client = peer_object(peer);
    struct recent_end end = {
        .number = peer_number(peer),
        .framing = peer_framing(peer),
        .carrier = peer_carrier(peer),
        .why = client_end_why(peer, code),
        .code = code,
        .opened_at = peer_opened_at(peer),
        .ended_at = clock_wall_ms(realtime->clock),
    };

    if (!client || !client->claims.subject)
        return;
    snprintf(end.user, sizeof(end.user), "%s", client->claims.subject);
    snprintf(end.address, sizeof(end.address), "%s", peer_address(peer));
    if (client->delivery)
        end.unconfirmed = delivery_unconfirmed(client->delivery);
    recent_ends_add(realtime->ends, &end);
}
