#include "gateway/realtime/broadcasts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/realtime/fanout.h"
#include "gateway/realtime/room.h"
#include "gateway/realtime/topic.h"

#define OWN_PREFIX "user:"
#define OWN_SUFFIX ":notifications"

static void gather(void *context, struct subscriber *subscriber)
{
    audience_add(context, client_of_subscriber(subscriber));
}

static void gather_all(struct realtime *realtime, struct audience *audience)
{
    struct user *user, *next;

    HASH_ITER (hh, realtime->users.table, user, next) {
        struct client *client;

        DL_FOREACH (user->clients, client)
            audience_add(audience, client);
    }
}

/* Whose own topic it is, or NULL. */
static struct user *owner(struct realtime *realtime, const char *topic)
{
    size_t len = strlen(topic), around = strlen(OWN_PREFIX) + strlen(OWN_SUFFIX);
    struct user *user;
    char *id;

    if (len <= around || strncmp(topic, OWN_PREFIX, strlen(OWN_PREFIX)) != 0 ||
        strcmp(topic + len - strlen(OWN_SUFFIX), OWN_SUFFIX) != 0)
        return NULL;
    id = mem_strndup(topic + strlen(OWN_PREFIX), len - around);
    user = users_find(&realtime->users, id);
    free(id);
    return user;
}

static void gather_own(const struct user *user, struct audience *audience)
{
    struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->delivery)
            audience_add(audience, client);
    }
}

void broadcasts_on_broadcast(void *context, const struct store_broadcast *broadcast)
{
    struct realtime *realtime = context;
    struct event *event = event_new(broadcast->event, broadcast->json, broadcast->len);
    const struct user *user = owner(realtime, broadcast->topic);
    struct audience audience = {0};
    size_t recipients;

    if (strcmp(broadcast->topic, BROADCAST_TO_ALL) == 0)
        gather_all(realtime, &audience);
    else if (user)
        gather_own(user, &audience);
    else
        hub_each(realtime->hub, broadcast->topic, gather, &audience);
    recipients = audience.count;
    fanout_send(realtime->fanout, &audience, event);
    event_unref(event);
    if (broadcast->id > realtime->heard)
        realtime->heard = broadcast->id;
    store_broadcast_sent(realtime->store, broadcast->id, recipients);
}

static void on_standing(void *context, const struct store_broadcasts *answer)
{
    struct client *client = context;

    for (size_t i = 0; answer->verdict == STORE_OK && i < answer->count; i++) {
        const struct store_broadcast *one = &answer->broadcasts[i];

        if (client->state == CLIENT_READY)
            client_send(client, one->event, one->json, one->len);
    }
    client_unref(client);
}

void broadcasts_catch_up(struct client *client, const char *topic)
{
    struct realtime *realtime = client->realtime;

    store_standing(realtime->store, topic, realtime->heard, on_standing, client_ref(client));
}

void broadcasts_catch_up_own(struct client *client)
{
    char topic[TOPIC_MAX + 1];

    snprintf(topic, sizeof(topic), OWN_PREFIX "%s" OWN_SUFFIX, client->user->id);
    broadcasts_catch_up(client, topic);
}
