#include "gateway/store/message_page.h"

#include <inttypes.h>
#include <stdlib.h>

#include "common/memory.h"
#include "gateway/store/engine.h"
#include "gateway/store/spell.h"

/* Rows examined for one answer, so that many bad rows do not hold up everybody else. */
#define STEPS 4096

bool message_page_add(
    const struct turn *turn, struct failures *bad, const struct message_row *row, struct page *page)
{
    struct reason why;

    if (spell_message(row, page, &why) == 0) {
        turn_count(turn, COUNTER_MESSAGES_READ, 1);
        return true;
    }
    if (failures_add(bad, row->id, &why)) {
        failures_give_up(bad, failures_first(bad));
        turn_count(turn, COUNTER_MESSAGES_FAILED, 1);
        log_warn(turn->log, "message %" PRId64 " cannot be sent: %s", row->id, why.text);
    }
    return false;
}

void message_page_clear(struct message_page *page)
{
    page_release(&page->page);
    page->upto = 0;
    page->complete = false;
}

void message_page_release(struct message_page *page)
{
    page_release(&page->page);
}

struct page_filling {
    const struct turn *turn;
    struct failures *bad;
    struct message_page *to;
    size_t limit;
    int steps;
};

static int message_page_take(void *context, const struct message_row *row)
{
    struct page_filling *filling = context;
    struct page *page = &filling->to->page;
    size_t before = page->text.len;

    if (filling->steps++ == STEPS || page->count == filling->limit)
        return 0;
    if (message_page_add(filling->turn, filling->bad, row, page) &&
        page->text.len > MESSAGE_PAGE_BYTES && page->count > 1) {
        page_take_back(page, before);
        return 0;
    }
    filling->to->upto = row->id;
    return 1;
}

int message_page_after(const struct turn *turn, struct failures *bad, const char *conversation,
    int64_t after, int64_t upto, size_t limit, struct message_page *page)
{
    struct page_filling filling = {.turn = turn, .bad = bad, .to = page, .limit = limit};
    int ended;

    message_page_clear(page);
    page->upto = after;
    ended = turn->engine->messages->walk_after(
        turn->engine, conversation, after, upto, message_page_take, &filling);
    page->complete = ended == 1;
    return ended < 0 ? -1 : 0;
}

static void message_page_reverse(struct page *page)
{
    for (size_t i = 0; i < page->count / 2; i++) {
        struct page_row row = page->rows[i];
        page->rows[i] = page->rows[page->count - 1 - i];
        page->rows[page->count - 1 - i] = row;
    }
}

int message_page_before(const struct turn *turn, struct failures *bad, const char *conversation,
    int64_t before, size_t limit, struct message_page *page)
{
    struct page_filling filling = {.turn = turn, .bad = bad, .to = page, .limit = limit};
    int ended;

    message_page_clear(page);
    ended = turn->engine->messages->walk_before(
        turn->engine, conversation, before, message_page_take, &filling);
    page->complete = ended == 1;
    message_page_reverse(&page->page);
    return ended < 0 ? -1 : 0;
}

void message_page_answer(const struct message_page *page, enum store_verdict verdict,
    void (*done)(void *context, const struct store_messages *answer), void *context)
{
    struct store_message *messages = mem_array(page->page.count + 1, sizeof(*messages));
    struct store_messages answer = {
        .verdict = verdict,
        .messages = messages,
        .count = page->page.count,
        .has_more = verdict == STORE_OK && !page->complete,
        .upto = page->upto,
    };

    for (size_t i = 0; i < page->page.count; i++)
        messages[i] = page_message(&page->page, i);
    done(context, &answer);
    free(messages);
}
