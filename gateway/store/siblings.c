#include "gateway/store/siblings.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/news.h"
#include "gateway/store/sibling_verbs.h"

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
    if (!turn_may_tell(turn))
        return;
    news = news_new();
    engine->siblings->walk_said(engine, on_said, news);
    turn_count(turn, COUNTER_SIBLINGS_HEARD, news->count);
    news_send(news, turn);
}

/* A failure to send is not looked at here: what comes next in the turn meets it, too. */
void siblings_run(struct siblings *siblings, struct turn *turn)
{
    struct engine *engine = turn->engine;

    if (!engine->siblings)
        return;
    if (siblings->count > 0 &&
        engine->siblings->say(engine, (const char *const *)siblings->waiting, siblings->count) < 0)
        siblings_drop(siblings, turn);
    turn_count(turn, COUNTER_SIBLINGS_TOLD, siblings->count);
    siblings_release(siblings);
    listen_to_others(turn);
}
