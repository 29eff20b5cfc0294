#include "gateway/realtime/client_view.h"

#include <stdlib.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/delivery/delivery.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/recent_ends.h"

struct client_view client_view(const struct peer *peer)
{
    const struct client *client = peer_object(peer);

    if (!client || client->state != CLIENT_READY)
        return (struct client_view){.user = NULL};
    return (struct client_view){
        .user = client->user->id,
        .unconfirmed = client->delivery ? delivery_unconfirmed(client->delivery) : 0,
    };
}

static int compare_numbers(const void *one, const void *other)
{
    uint64_t a = peer_number(*(const struct peer *const *)one);
    uint64_t b = peer_number(*(const struct peer *const *)other);

    return (a > b) - (a < b);
}

size_t client_view_peers(
    const struct realtime *realtime, const char *user, const struct peer ***peers)
{
    const struct user *found = users_find(&realtime->users, user);
    const struct client *client;
    size_t count = 0;

    *peers = NULL;
    if (!found || !found->clients)
        return 0;
    *peers = mem_array(found->connections, sizeof(const struct peer *));
    DL_FOREACH (found->clients, client)
        (*peers)[count++] = client->peer;
    qsort(*peers, count, sizeof(const struct peer *), compare_numbers);
    return count;
}

size_t client_view_ends(const struct realtime *realtime, const char *user,
    const struct recent_end **found, size_t max, int64_t *since)
{
    *since = recent_ends_since(realtime->ends);
    return recent_ends_of(realtime->ends, user, found, max);
}
