#include "gateway/realtime/own_topic.h"

#include <utlist.h>

#include "gateway/realtime/broadcasts.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/feed.h"

struct delivery *own_topic_delivery(const struct user *user)
{
    const struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->delivery)
            return client->delivery;
    }
    return NULL;
}

static void own_topic_begin(
    struct client *client, const struct store_attached *attached, int64_t cursor)
{
    if (client->delivery)
        return;
    client->delivery = delivery_begin(&client->realtime->delivery, client->peer, client->user->id,
        client->acknowledges, client->highest, attached, own_topic_delivery(client->user));
    if (client->user->abroad)
        delivery_share_gateways(client->delivery);
    broadcasts_join_own(client, cursor);
}

void own_topic_join(struct client *client, const struct store_attached *attached)
{
    own_topic_begin(client, attached, attached ? attached->heard_own : FEED_STANDING);
}

void own_topic_join_after(struct client *client, int64_t heard)
{
    own_topic_begin(client, NULL, heard);
}

void own_topic_leave(struct client *client)
{
    delivery_end(&client->delivery);
    broadcasts_leave_own(client);
}
