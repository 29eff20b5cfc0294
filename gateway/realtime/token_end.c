#include "gateway/realtime/token_end.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/container_of.h"
#include "gateway/realtime/client.h"

#define WARNING_MAX_MS (300 * 1000)
#define WARNING_SHARE 10 /* of the token's life */

/* How long before its end the warning is sent. The life of a token without `iat` counts from
 * now. */
static uint32_t warning_ms(const struct client *client)
{
    const struct token_claims *claims = &client->claims;
    int64_t began =
        claims->issued_at >= 0 ? claims->issued_at : clock_wall_seconds(client->realtime->clock);
    int64_t life = (claims->expires_at - began) * 1000;
    int64_t share = life > 0 ? life / WARNING_SHARE : 0;

    return (uint32_t)(share < WARNING_MAX_MS ? share : WARNING_MAX_MS);
}

void token_end_begin(struct client *client)
{
    client->warning = warning_ms(client);
    token_end_reset(client);
}

static void send_expiring(struct client *client, int64_t seconds)
{
    char json[48];
    int len = snprintf(json, sizeof(json), "{\"expiresIn\":%" PRId64 "}", seconds);

    client->told_end = client->claims.expires_at;
    client_send(client, "auth:expiring", json, (size_t)len);
}

static void on_expiry(struct wheel_entry *entry)
{
    struct client *client = container_of(entry, struct client, expiry);
    struct realtime *realtime = client->realtime;
    int64_t now = clock_wall_seconds(realtime->clock);

    if (now >= client->claims.expires_at + realtime->settings.policy.leeway) {
        realtime->counters.expired++;
        peer_close(client->peer, CLOSE_UNAUTHENTICATED, "token_expired");
        return;
    }
    token_end_reset(client);
}

void token_end_reset(struct client *client)
{
    struct realtime *realtime = client->realtime;
    int64_t now = clock_wall_ms(realtime->clock);
    int64_t end = client->claims.expires_at * 1000;
    int64_t warning = end - client->warning;
    int64_t last = end + realtime->settings.policy.leeway * 1000;

    if (client->claims.expires_at > client->told_end && now >= warning && now < end)
        send_expiring(client, (end - now + 999) / 1000);
    wheel_start(
        realtime->wheel, &client->expiry, (now < warning ? warning : last) - now, on_expiry);
}
