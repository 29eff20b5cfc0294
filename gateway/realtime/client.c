#include "gateway/realtime/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <utlist.h>

#include "common/memory.h"

/* How many bytes of answers may wait while further requests are read. */
#define PACED_BYTES 16384

struct client *client_new(struct realtime *realtime, struct peer *peer)
{
    struct client *client = mem_zalloc(sizeof(*client));

    client->realtime = realtime;
    client->peer = peer;
    client->references = 1;
    client->subscriber.owner = client->inner.owner = client;
    token_claims_init(&client->claims);
    realtime->counters.clients++;
    return client;
}

struct client *client_ref(struct client *client)
{
    client->references++;
    return client;
}

void client_unref(struct client *client)
{
    if (--client->references > 0)
        return;
    token_claims_release(&client->claims);
    free(client);
}

void client_trim_claims(struct client *client)
{
    free(client->claims.email);
    free(client->claims.id);
    client->claims.email = client->claims.id = NULL;
}

struct client *client_of_subscriber(struct subscriber *subscriber)
{
    return subscriber->owner;
}

void client_send(struct client *client, const char *name, const char *json, size_t len)
{
    struct event *event = event_new(name, json, len);

    peer_send(client->peer, event);
    event_unref(event);
}

static void client_send_number(struct client *client, const char *name, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, number);

    client_send(client, name, text, (size_t)len);
}

void client_send_unseen(struct client *client)
{
    if (client->takes_unseen)
        client_send_number(client, "notification:unseen_count", client->user->counts.unseen);
}

void client_send_counts(struct client *client)
{
    client_send_number(client, "notification:unread_count", client->user->counts.unread);
    client_send_unseen(client);
}

void client_set_counts(struct user *user, const struct store_counts *counts,
    const struct client *asker, enum client_count asked)
{
    bool tells_unread = user->counts.unread != counts->unread;
    bool tells_unseen = user->counts.unseen != counts->unseen;
    struct client *client;

    user->counts = *counts;
    DL_FOREACH (user->clients, client) {
        if (tells_unread || (client == asker && asked == COUNT_UNREAD))
            client_send_counts(client);
        else if (tells_unseen || client == asker)
            client_send_unseen(client);
    }
}

bool client_has_room(struct client *client)
{
    size_t most = client->realtime->settings.max_buffer;

    if (peer_unasked(client->peer) <= most)
        return true;
    /* Output is collected for a turn of the loop: the socket may take it now. */
    peer_push(client->peer);
    return peer_unasked(client->peer) <= most;
}

/* Output that is merely collected for a turn of the loop is written first: `drained` is called only
 * if the socket did not take all of it at once. */
bool client_has_taken(struct client *client)
{
    size_t most = client->realtime->settings.max_buffer / 2;

    if (peer_unsent(client->peer) > most)
        peer_push(client->peer);
    return peer_unsent(client->peer) <= most;
}

void client_tell(struct client *client, struct event *event)
{
    if (client->state != CLIENT_READY)
        return;
    if (client_has_room(client))
        peer_send(client->peer, event);
    else
        client->realtime->counters.dropped++;
}

static bool must_wait(const struct client *client)
{
    if (client->asked >= CLIENT_ASKED_MAX)
        return true;
    if (peer_asked(client->peer) <= PACED_BYTES)
        return false;
    peer_push(client->peer);
    return peer_asked(client->peer) > PACED_BYTES;
}

void client_pace(struct client *client)
{
    if (client->state != CLIENT_READY)
        return;
    if (must_wait(client))
        peer_hold(client->peer);
    else
        peer_go_on(client->peer);
}

bool client_may_say(struct client *client)
{
    struct realtime *realtime = client->realtime;
    int64_t now = clock_steady_ms(realtime->clock);
    enum rate_verdict verdict = rate_take(&client->rate, &realtime->settings.rate, now);

    if (verdict == RATE_FLOOD) {
        realtime->counters.floods++;
        peer_close(client->peer, CLOSE_TOO_MANY, "rate_limited");
    }
    if (verdict != RATE_TAKEN)
        realtime->counters.rate_limited++;
    return verdict == RATE_TAKEN;
}

bool client_may_join(struct client *client)
{
    struct realtime *realtime = client->realtime;
    struct rate_limit limit = realtime->settings.rate;

    limit.burst = (uint32_t)realtime->settings.max_topics;
    return bucket_take(&client->joins, &limit, clock_steady_ms(realtime->clock)) ||
           client_may_say(client);
}
