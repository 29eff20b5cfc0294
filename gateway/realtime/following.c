#include "gateway/realtime/following.h"

#include <string.h>

#include <utlist.h>

#include "gateway/realtime/context.h"
#include "gateway/realtime/joining.h"
#include "gateway/realtime/membership.h"
#include "gateway/realtime/subscription.h"
#include "gateway/realtime/topic.h"

bool following_is_set(const struct realtime *realtime)
{
    const struct config_list *topics = realtime->settings.auto_subscribe;

    for (size_t i = 0; i < topics->count; i++) {
        if (strcmp(topics->items[i], TOPIC_FOLLOWING) == 0)
            return true;
    }
    return false;
}

static void follow(void *context, const char *conversation)
{
    membership_follow(context, conversation);
}

static void follow_all(struct client *client)
{
    if (client->follows && client->user->is_placed)
        roster_each_conversation(client->user, follow, client);
}

void following_more(struct client *client)
{
    follow_all(client);
}

void following_begin(struct client *client)
{
    client->follows = true;
    follow_all(client);
}

static void unfollow(void *context, const char *conversation)
{
    struct client *client = context;
    char topic[TOPIC_MAX + 1];

    topic_write_conversation(topic, conversation);
    joining_withdraw(client, topic);
    subscription_leave(client, topic);
}

void following_end(struct client *client)
{
    if (client->follows)
        roster_each_conversation(client->user, unfollow, client);
    client->follows = false;
}

void following_all(struct user *user)
{
    struct client *client;

    DL_FOREACH (user->clients, client)
        follow_all(client);
}

void following_one(struct user *user, const char *conversation)
{
    struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->follows)
            membership_follow(client, conversation);
    }
}
