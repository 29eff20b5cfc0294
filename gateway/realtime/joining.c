#include "gateway/realtime/joining.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/subscription.h"

struct joining *joining_new(struct reply *reply, const char *topic)
{
    size_t len = strlen(topic);
    struct joining *joining = mem_zalloc(sizeof(*joining) + len + 1);

    joining->reply = reply;
    memcpy(joining->topic, topic, len + 1);
    return joining;
}

void joining_free(struct joining *joining)
{
    reply_free(joining->reply);
    free(joining);
}

void joining_begin(struct joining *joining)
{
    DL_APPEND(joining->reply->client->joining, joining);
}

void joining_end(struct joining *joining)
{
    DL_DELETE(joining->reply->client->joining, joining);
}

void joining_withdraw(struct client *client, const char *topic)
{
    struct joining *joining;

    DL_FOREACH (client->joining, joining) {
        if (strcmp(joining->topic, topic) == 0)
            joining->is_withdrawn = true;
    }
}

bool joining_is_under_way(const struct client *client, const char *topic)
{
    const struct joining *joining;

    DL_FOREACH (client->joining, joining) {
        if (!joining->is_withdrawn && strcmp(joining->topic, topic) == 0)
            return true;
    }
    return false;
}

size_t joining_count(const struct client *client)
{
    const struct joining *one;
    size_t count;

    DL_COUNT(client->joining, one, count);
    return count;
}

bool joining_is_wanted(const struct joining *joining)
{
    const struct reply *reply = joining->reply;

    if (reply_wanted(reply) && joining->is_withdrawn)
        subscription_answer(reply->client, reply->answer, joining->topic, "");
    return reply_wanted(reply) && !joining->is_withdrawn;
}

bool joining_has_place(const struct joining *joining)
{
    const struct client *client = joining->reply->client;

    if (hub_joined(client->realtime->hub, &client->subscriber, joining->topic) ||
        subscription_may_join(client))
        return true;
    reply_error(joining->reply, "too_many_topics", "Too many subscriptions on this connection");
    return false;
}
