#include "gateway/store/broadcast_tail.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/marks.h"
#include "gateway/store/spell.h"

/* One batch, or little more. */
#define BATCH_ROWS 256
#define BATCH_BYTES ((size_t)256 << 10)

void broadcast_tail_init(struct broadcast_tail *tail)
{
    *tail = (struct broadcast_tail){.told = NULL};
    TAILQ_INIT(&tail->sent);
}

static struct told_broadcast *told_find(const struct broadcast_tail *tail, int64_t id)
{
    struct told_broadcast *told;

    HASH_FIND(hh, tail->told, &id, sizeof(id), told);
    return told;
}

const struct told_broadcast *broadcast_tail_find(const struct broadcast_tail *tail, int64_t id)
{
    return told_find(tail, id);
}

static struct told_broadcast *told_add(struct broadcast_tail *tail, int64_t id)
{
    struct told_broadcast *told = mem_zalloc(sizeof(*told));

    told->id = id;
    if (id > tail->highest)
        tail->highest = id;
    HASH_ADD(hh, tail->told, id, sizeof(told->id), told);
    return told;
}

static void sent_remove(struct broadcast_tail *tail, struct told_broadcast *told)
{
    TAILQ_REMOVE(&tail->sent, told, entry);
    told->is_sent = false;
    tail->sent_count--;
}

static void told_drop(struct broadcast_tail *tail, struct told_broadcast *told)
{
    if (told->is_sent)
        sent_remove(tail, told);
    HASH_DELETE(hh, tail->told, told);
    free(told);
}

void broadcast_tail_forget(struct broadcast_tail *tail)
{
    struct told_broadcast *told, *next;

    HASH_ITER (hh, tail->told, told, next)
        told_drop(tail, told);
}

void broadcast_tail_release(struct broadcast_tail *tail)
{
    broadcast_tail_forget(tail);
}

int broadcast_tail_start(struct broadcast_tail *tail, const struct turn *turn)
{
    int result = turn->engine->broadcasts->last_sent(turn->engine, &tail->last_sent);

    tail->has_more = true;
    tail->highest = tail->last_sent;
    return result;
}

static void told_mark(struct broadcast_tail *tail, struct told_broadcast *told, size_t recipients,
    const struct turn *turn)
{
    if (told->is_sent || told->is_given_up)
        return;
    told->is_sent = true;
    told->recipients = recipients;
    told->at = turn->wall;
    told->since = turn->steady;
    TAILQ_INSERT_TAIL(&tail->sent, told, entry);
    tail->sent_count++;
}

void broadcast_tail_sent(
    struct broadcast_tail *tail, const struct turn *turn, int64_t id, size_t recipients)
{
    struct told_broadcast *told = told_find(tail, id);

    if (told)
        told_mark(tail, told, recipients, turn);
}

struct tail_reading {
    struct broadcast_tail *tail;
    const struct turn *turn;
    struct news *news;
    size_t bytes; /* of the page, when the batch is full */
    int rows;
    bool is_in_time; /* the row that is read */
};

static bool is_late(const struct tail_reading *reading, const struct broadcast_times *times)
{
    int64_t now = reading->turn->wall;

    if (times->ends)
        return times->expires_at <= now;
    return !reading->is_in_time && times->created_at < now - BROADCAST_LATE_MS;
}

/* Whoever inserts may have a clock that is ahead. */
static void note_wait(const struct turn *turn, int64_t created_at)
{
    int64_t waited = turn->wall - created_at;

    atomic_store(
        &turn->shared->counters[COUNTER_BROADCAST_WAITED_MS], waited > 0 ? (uint64_t)waited : 0);
}

static int tell_row(void *context, const struct broadcast_row *row)
{
    struct tail_reading *reading = context;
    const struct turn *turn = reading->turn;
    struct page *page = &reading->news->page;
    struct told_broadcast *told = told_add(reading->tail, row->id);
    size_t before = page->text.len;
    struct broadcast_times times;
    struct reason why;

    if (spell_broadcast(row, page, &times, &why) < 0) {
        log_warn(turn->log, "broadcast %" PRId64 " cannot be sent: %s", row->id, why.text);
        told_mark(reading->tail, told, 0, turn);
    } else if (is_late(reading, &times)) {
        log_info(turn->log, "broadcast %" PRId64 " is too late to be sent", row->id);
        page_take_back(page, before);
        told_mark(reading->tail, told, 0, turn);
    } else {
        news_add_broadcast(reading->news);
        turn_count(turn, COUNTER_BROADCASTS_TOLD, 1);
        note_wait(turn, times.created_at);
    }
    return 1;
}

static bool is_full(const struct broadcast_tail *tail)
{
    return HASH_COUNT(tail->told) >= BROADCAST_TOLD_MAX;
}

static int tell_unsent(void *context, const struct broadcast_brief *brief)
{
    struct tail_reading *reading = context;
    struct engine *engine = reading->turn->engine;

    if (told_find(reading->tail, brief->id))
        return 1;
    if (is_full(reading->tail) || reading->rows++ == BATCH_ROWS ||
        page_bytes(&reading->news->page) >= reading->bytes)
        return 0;
    reading->is_in_time = brief->is_in_time;
    return engine->broadcasts->read(engine, brief->id, tell_row, reading);
}

int broadcast_tail_read(struct broadcast_tail *tail, const struct turn *turn, struct news *news)
{
    struct tail_reading reading = {
        .tail = tail,
        .turn = turn,
        .news = news,
        .bytes = page_bytes(&news->page) + BATCH_BYTES,
    };
    int ended = 0;

    if (!is_full(tail))
        ended = turn->engine->broadcasts->walk_unsent(turn->engine, tell_unsent, &reading);
    /* Marks that are written make room, and then the walk is repeated. */
    tail->has_more = ended != 1 && !is_full(tail);
    return ended < 0 ? -1 : 0;
}

bool broadcast_tail_waits(const struct broadcast_tail *tail)
{
    return !TAILQ_EMPTY(&tail->sent);
}

int64_t broadcast_tail_due_at(const struct broadcast_tail *tail, const struct traffic *traffic)
{
    const struct told_broadcast *first = TAILQ_FIRST(&tail->sent);

    if (!first)
        return INT64_MAX;
    return traffic_due_at(traffic, first->since, is_full(tail) ? TRAFFIC_FULL : tail->sent_count);
}

int broadcast_tail_write(struct broadcast_tail *tail, const struct turn *turn)
{
    struct engine *engine = turn->engine;
    struct told_broadcast *told;
    char at[CLOCK_ISO_SIZE];

    tail->written = 0;
    TAILQ_FOREACH (told, &tail->sent, entry) {
        if (tail->written == MARKS_BATCH)
            break;
        if (engine->broadcasts->mark_sent(
                engine, told->id, clock_iso(told->at, at), (int64_t)told->recipients) < 0) {
            if (engine->trouble != ENGINE_REFUSES_ROW)
                return -1;
            told->is_given_up = true;
        }
        tail->written++;
    }
    return 0;
}

/* A broadcast that cannot be marked stays known, or it would be told again and again. */
void broadcast_tail_settle(struct broadcast_tail *tail, bool committed)
{
    if (!committed)
        return;
    tail->has_more |= tail->written > 0;
    for (; tail->written > 0; tail->written--) {
        struct told_broadcast *told = TAILQ_FIRST(&tail->sent);

        if (told->is_given_up)
            sent_remove(tail, told);
        else
            told_drop(tail, told);
    }
}
