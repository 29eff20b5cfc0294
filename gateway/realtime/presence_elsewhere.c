#include "gateway/realtime/presence_elsewhere.h"

#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/memory.h"
#include "gateway/delivery/delivery.h"
#include "gateway/realtime/client.h"
#include "gateway/realtime/context.h"
#include "gateway/realtime/presence.h"
#include "gateway/store/store_presence.h"

/* Another gateway, while it has any users. */
struct sibling {
    struct sibling *next;
    size_t users;
    char name[];
};

/* A user's connections to one of them. */
struct abroad {
    struct abroad *next;
    struct sibling *at;
    uint32_t connections;
};

/* There are few. */
static struct sibling **sibling_find(struct realtime *realtime, const char *name)
{
    struct sibling **link = &realtime->siblings;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static struct sibling *sibling_enter(struct realtime *realtime, const char *name)
{
    struct sibling **link = sibling_find(realtime, name);
    size_t size = strlen(name) + 1;

    if (!*link) {
        *link = mem_zalloc(sizeof(**link) + size);
        memcpy((*link)->name, name, size);
    }
    (*link)->users++;
    return *link;
}

static void sibling_leave(struct realtime *realtime, struct sibling *sibling)
{
    struct sibling **link = sibling_find(realtime, sibling->name);

    if (--sibling->users > 0)
        return;
    *link = sibling->next;
    free(sibling);
}

static struct abroad **abroad_find(struct user *user, const char *gateway)
{
    struct abroad **link = &user->abroad;

    while (*link && strcmp((*link)->at->name, gateway) != 0)
        link = &(*link)->next;
    return link;
}

/* What the other gateway delivers is owed here, too. */
static void share_deliveries(const struct user *user)
{
    struct client *client;

    DL_FOREACH (user->clients, client) {
        if (client->delivery)
            delivery_share_gateways(client->delivery);
    }
}

static void abroad_begin(
    struct realtime *realtime, const struct store_elsewhere *elsewhere, uint32_t connections)
{
    struct user *user = users_hold(&realtime->users, realtime, elsewhere->user);
    struct abroad **link = abroad_find(user, elsewhere->gateway);

    if (*link) {
        (*link)->connections = connections;
        users_unref(&realtime->users, user);
        return;
    }
    *link = mem_zalloc(sizeof(**link));
    (*link)->at = sibling_enter(realtime, elsewhere->gateway);
    (*link)->connections = connections;
    share_deliveries(user);
    presence_came(user);
}

static void abroad_end(struct user *user, struct abroad **link, int64_t last_seen)
{
    struct realtime *realtime = user->realtime;
    struct abroad *ended = *link;

    *link = ended->next;
    sibling_leave(realtime, ended->at);
    free(ended);
    presence_went(user, last_seen);
    users_unref(&realtime->users, user);
}

void presence_elsewhere_on(void *context, const struct store_elsewhere *elsewhere)
{
    struct realtime *realtime = context;
    uint32_t connections =
        elsewhere->connections < UINT32_MAX ? (uint32_t)elsewhere->connections : UINT32_MAX;
    struct user *user;
    struct abroad **link;

    if (realtime->is_ending)
        return;
    if (connections > 0) {
        abroad_begin(realtime, elsewhere, connections);
        return;
    }
    user = users_find(&realtime->users, elsewhere->user);
    link = user ? abroad_find(user, elsewhere->gateway) : NULL;
    if (link && *link)
        abroad_end(user, link, elsewhere->last_seen);
}

uint64_t presence_elsewhere_count(const struct user *user)
{
    uint64_t count = 0;

    for (const struct abroad *abroad = user->abroad; abroad; abroad = abroad->next)
        count += abroad->connections;
    return count;
}

void presence_elsewhere_forget(struct realtime *realtime)
{
    int64_t now = clock_wall_ms(realtime->clock);
    struct hash_walk walk = {0};
    struct user *user;

    while ((user = users_next(&realtime->users, &walk))) {
        users_ref(user);
        while (user->abroad)
            abroad_end(user, &user->abroad, now);
        users_unref(&realtime->users, user);
    }
}
