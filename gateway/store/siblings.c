#include "gateway/store/siblings.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/news.h"
#include "gateway/store/sibling_verbs.h"
#include "gateway/store/store_presence.h"

/* Users told of in one batch. */
#define USERS_MAX 1024

void siblings_release(struct siblings *siblings)
{
    for (size_t i = 0; i < siblings->count; i++)
        free(siblings->waiting[i]);
    siblings->count = 0;
}

void siblings_drop(struct siblings *siblings, const struct turn *turn)
{
    turn_count(turn, COUNTER_SIBLINGS_DROPPED, siblings->count);
    siblings_release(siblings);
}

void siblings_add(struct siblings *siblings, const struct turn *turn, const char *text)
{
    if (siblings->count == SIBLINGS_WAITING_MAX)
        turn_count(turn, COUNTER_SIBLINGS_DROPPED, 1);
    else
        siblings->waiting[siblings->count++] = mem_strdup(text);
}

static int on_said(void *context, const char *text)
{
    news_add_said(context, text);
    return 1;
}

static void listen_to_others(struct turn *turn)
{
    struct engine *engine = turn->engine;
    struct news *news;

    turn_count(turn, COUNTER_SIBLINGS_DROPPED, engine->siblings->lost(engine));
    news = news_new();
    engine->siblings->walk_said(engine, on_said, news);
    if (turn_may_tell(turn)) {
        turn_count(turn, COUNTER_SIBLINGS_HEARD, news->count);
        news_send(news, turn);
    } else {
        turn_count(turn, COUNTER_SIBLINGS_DROPPED, news->count);
        news_free(news);
    }
}

/* A failure to send is not looked at here: what comes next in the turn meets it, too. */
void siblings_run(struct siblings *siblings, struct turn *turn)
{
    struct engine *engine = turn->engine;

    if (!engine->siblings || !engine->siblings->say)
        return;
    if (siblings->count > 0 &&
        engine->siblings->say(engine, (const char *const *)siblings->waiting, siblings->count) < 0)
        siblings_drop(siblings, turn);
    turn_count(turn, COUNTER_SIBLINGS_TOLD, siblings->count);
    siblings_release(siblings);
    listen_to_others(turn);
}

static int on_user(void *context, const struct sibling_user *user)
{
    const struct store_elsewhere elsewhere = {
        .user = user->user,
        .gateway = user->instance,
        .connections = user->connections,
        .last_seen = user->last_seen,
    };

    news_add_elsewhere(context, &elsewhere);
    return 1;
}

bool siblings_wait(const struct siblings *siblings, const struct turn *turn)
{
    const struct engine *engine = turn->engine;

    return engine->siblings && (siblings->has_more || engine->siblings->has_news(engine));
}

int siblings_read(struct siblings *siblings, const struct turn *turn, struct news *news)
{
    struct engine *engine = turn->engine;
    int result = engine->siblings->walk_users(engine, USERS_MAX, on_user, news);

    siblings->has_more = result != 1;
    return result < 0 ? -1 : 0;
}
