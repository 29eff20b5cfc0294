#include "gateway/store/message_tail.h"

#include "gateway/store/engine.h"
#include "gateway/store/message_page.h"

/* One batch, or little more. */
#define BATCH_ROWS 256
#define BATCH_BYTES ((size_t)256 << 10)
/* Rows examined for one batch. Rows of conversations that nobody has joined cost little. */
#define STEPS 4096

void message_tail_init(struct message_tail *tail)
{
    *tail = (struct message_tail){.last = 0};
    followed_init(&tail->joined);
    failures_init(&tail->bad);
}

void message_tail_release(struct message_tail *tail)
{
    followed_release(&tail->joined);
    failures_release(&tail->bad);
}

void message_tail_start(struct message_tail *tail, int64_t last)
{
    tail->last = last;
    tail->has_more = false;
}

void message_tail_begin_anew(struct message_tail *tail)
{
    followed_begin_anew(&tail->joined);
    failures_release(&tail->bad);
    failures_init(&tail->bad);
}

struct tail_walk {
    struct message_tail *tail;
    const struct turn *turn;
    struct news *news;
    size_t rows, bytes; /* of the page, when the batch is full */
    int steps;
};

/* A row that cannot be read may belong to any conversation. */
static bool is_joined(const struct message_tail *tail, const struct message_row *row)
{
    if (row->bad)
        return true;
    return row->conversation.kind == CELL_TEXT &&
           followed_has(&tail->joined, row->conversation.text, row->conversation.len);
}

static int message_tail_take(void *context, const struct message_row *row)
{
    struct tail_walk *walk = context;
    struct page *page = &walk->news->page;

    if (walk->steps++ == STEPS || page->count >= walk->rows || page_bytes(page) >= walk->bytes)
        return 0;
    if (is_joined(walk->tail, row) && message_page_add(walk->turn, &walk->tail->bad, row, page))
        news_add_message(walk->news);
    if (row->id > walk->tail->last)
        walk->tail->last = row->id;
    return 1;
}

int message_tail_read(struct message_tail *tail, const struct turn *turn, struct news *news)
{
    struct tail_walk walk = {
        .tail = tail,
        .turn = turn,
        .news = news,
        .rows = news->page.count + BATCH_ROWS,
        .bytes = page_bytes(&news->page) + BATCH_BYTES,
    };
    int ended =
        turn->engine->messages->walk_all(turn->engine, tail->last, message_tail_take, &walk);

    tail->has_more = ended != 1;
    return ended < 0 ? -1 : 0;
}
