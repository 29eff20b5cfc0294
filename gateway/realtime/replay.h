/*
 * replay: `subscribe` with `since` to a topic other than a conversation. The
 * client names the last broadcast that it had, and gets those later ones that
 * still stand: its answer says so, they follow, and then the subscription is
 * live.
 *
 * The store answers with all that had been news before, and later broadcasts
 * reach the new subscription as news: nothing comes twice, and nothing is
 * missed. A client that is subscribed already gets the replay alone.
 *
 * Where more are left than one answer holds, `hasMore` is true, and `upTo` is
 * the id to ask on from: news that arrive meanwhile have higher ids.
 */
#ifndef BELFRY_GATEWAY_REALTIME_REPLAY_H
#define BELFRY_GATEWAY_REALTIME_REPLAY_H

#include <stdint.h>

#include "gateway/realtime/client.h"

/* The most broadcasts of one answer. */
#define REPLAY_MAX 100

/* Replays what stands behind `since`, and then joins. The client may join the topic, and has
 * room. */
void replay_join(
    struct client *client, const struct peer_event *event, const char *topic, int64_t since);

#endif
