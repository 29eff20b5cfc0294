#include "gateway/store/broadcast_page.h"

#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/spell.h"

#define PAGE_ROWS 256
#define PAGE_BYTES ((size_t)192 << 10)
/* Rows examined for one answer. Rows of other topics cost little. */
#define STEPS 4096

struct topic_walk {
    const struct broadcast_tail *tail;
    const struct turn *turn;
    struct broadcast_page *to;
    size_t limit;
    bool (*is_owed)(const struct topic_walk *walk, const struct broadcast_brief *brief);
    int steps;
};

void broadcast_page_release(struct broadcast_page *page)
{
    page_release(&page->page);
}

static void broadcast_page_begin(struct broadcast_page *page, int64_t after)
{
    page_release(&page->page);
    page->upto = after;
}

/* Adds the row unless it has expired: 1, or 0 if the page is full. A row that cannot be sent was
 * logged when it was new. */
static int take_row(void *context, const struct broadcast_row *row)
{
    struct topic_walk *walk = context;
    struct page *page = &walk->to->page;
    size_t before = page->text.len;
    struct broadcast_times times;
    bool is_over;

    if (spell_broadcast(row, page, &times, NULL) < 0)
        return 1;
    is_over = times.ends && times.expires_at <= walk->turn->wall;
    if (!is_over && (page->text.len <= PAGE_BYTES || page->count == 1))
        return 1;
    page_take_back(page, before);
    return is_over;
}

static int take_owed(void *context, const struct broadcast_brief *brief)
{
    struct topic_walk *walk = context;
    struct engine *engine = walk->turn->engine;
    int taken = 1;

    if (walk->steps++ == STEPS)
        return 0;
    if (walk->is_owed(walk, brief)) {
        if (walk->to->page.count == walk->limit)
            return 0;
        taken = engine->broadcasts->read(engine, brief->id, take_row, walk);
    }
    if (taken == 1)
        walk->to->upto = brief->id;
    return taken;
}

/* A broadcast that is neither marked nor told will come as news; one told after the request was
 * made has come as news, or is on its way. */
static bool is_standing(const struct topic_walk *walk, const struct broadcast_brief *brief)
{
    if (!brief->is_sent && !broadcast_tail_find(walk->tail, brief->id))
        return false;
    return brief->id <= walk->to->heard || brief->id <= walk->tail->last_sent;
}

/* What a subscriber will have had once it has had the standing ones; `heard` of another queue means
 * nothing. */
static int64_t heard_at_least(const struct broadcast_tail *tail, int64_t heard)
{
    if (heard > tail->highest)
        heard = tail->highest;
    return heard > tail->last_sent ? heard : tail->last_sent;
}

int broadcast_page_none_stand(const struct broadcast_tail *tail, const struct turn *turn,
    const char *topics, size_t count, const int64_t *heard, int64_t *upto)
{
    bool *stand = mem_array(count, sizeof(*stand));
    int result =
        turn->engine->broadcasts->find_standing(turn->engine, topics, count, turn->now, stand);

    for (size_t i = 0; result == 0 && i < count; i++)
        upto[i] = stand[i] ? STORE_SOME_STAND : heard_at_least(tail, heard[i]);
    free(stand);
    return result;
}

int broadcast_page_standing(const struct broadcast_tail *tail, const struct turn *turn,
    const struct standing_range *range, struct broadcast_page *page)
{
    struct topic_walk walk = {
        .tail = tail, .turn = turn, .to = page, .limit = PAGE_ROWS, .is_owed = is_standing};
    int ended;

    if (range->limit < PAGE_ROWS)
        walk.limit = range->limit;
    broadcast_page_begin(page, range->after);
    page->heard = range->heard < tail->highest ? range->heard : tail->highest;
    ended = turn->engine->broadcasts->walk_standing(
        turn->engine, range->topic, turn->now, range->after, take_owed, &walk);
    page->complete = ended == 1;
    if (page->complete)
        page->upto = heard_at_least(tail, page->heard);
    return ended < 0 ? -1 : 0;
}

/* A broadcast that was found too late was sent to nobody. */
static bool was_told(const struct topic_walk *walk, const struct broadcast_brief *brief)
{
    const struct told_broadcast *told;

    if (!brief->is_of_topic)
        return false;
    told = broadcast_tail_find(walk->tail, brief->id);
    if (told)
        return !told->is_sent || told->recipients > 0;
    return brief->is_sent && brief->recipients > 0;
}

int broadcast_page_missed(const struct broadcast_tail *tail, const struct turn *turn,
    const char *topic, int64_t after, struct broadcast_page *page)
{
    struct topic_walk walk = {
        .tail = tail, .turn = turn, .to = page, .limit = PAGE_ROWS, .is_owed = was_told};
    int ended;

    broadcast_page_begin(page, after);
    ended = turn->engine->broadcasts->walk_topic(turn->engine, topic, after, take_owed, &walk);
    page->complete = ended == 1;
    return ended < 0 ? -1 : 0;
}

void broadcast_page_answer(const struct broadcast_page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_broadcasts *answer), void *context)
{
    struct store_broadcast *broadcasts = mem_array(page->page.count + 1, sizeof(*broadcasts));
    struct store_broadcasts answer = {
        .verdict = verdict,
        .broadcasts = broadcasts,
        .count = page->page.count,
        .has_more = verdict == STORE_OK && !page->complete,
        .upto = page->upto,
        .heard = page->heard,
    };

    for (size_t i = 0; i < page->page.count; i++)
        broadcasts[i] = page_broadcast(&page->page, i);
    done(context, &answer);
    free(broadcasts);
}
