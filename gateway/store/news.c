#include "gateway/store/news.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "gateway/store/store_presence.h"

enum kind {
    KIND_ROW,
    KIND_DUE,
    KIND_UNREAD,
    KIND_UPDATED,
    KIND_REMOVED,
    KIND_MARKED,
    KIND_REVOKED,
    KIND_SESSION_OVER,
    KIND_EXPIRING,
    KIND_SET_BACK,
    KIND_AVAILABLE,
    KIND_UNAVAILABLE,
    KIND_REPLACED,
    KIND_MESSAGE,
    KIND_MEMBER,
    KIND_BROADCAST,
    KIND_SAID,
    KIND_ELSEWHERE,
    KINDS
};

struct news_item {
    enum kind kind;
    size_t text; /* offset in the page's text of the user, the reason or the conversation */
    /* Unread rows, seconds, connections, why rows were removed; or whether the user is a member, a
     * row is pending, rows were read. */
    int64_t number;
    int64_t unseen; /* rows; or when the user was seen */
    size_t first;   /* index of a row or an id; or offset in the text of the member, hash, gateway,
                         mark */
    size_t count;
};

struct news *news_new(void)
{
    struct news *news = mem_zalloc(sizeof(*news));

    page_init(&news->page);
    return news;
}

void news_free(struct news *news)
{
    page_release(&news->page);
    free(news->items);
    free(news->ids);
    free(news);
}

void news_send(struct news *news, struct turn *turn)
{
    if (news->count == 0) {
        news_free(news);
        return;
    }
    turn->is_calm = false;
    turn_send_news(turn, &news->parcel);
}

static struct news_item *item_add(struct news *news, enum kind kind, const char *text)
{
    struct news_item *item;

    if (news->count == news->size) {
        news->size = news->size > 0 ? news->size * 2 : 4;
        news->items = mem_resize(news->items, news->size * sizeof(*news->items));
    }
    item = &news->items[news->count++];
    *item = (struct news_item){.kind = kind};
    if (text)
        item->text = page_add_text(&news->page, text);
    return item;
}

void news_add_row(struct news *news)
{
    item_add(news, KIND_ROW, NULL)->first = news->page.count - 1;
}

void news_set_mark(struct news *news, const char *mark)
{
    news->has_mark = mark != NULL;
    if (mark)
        news->mark = page_add_text(&news->page, mark);
}

void news_add_due(struct news *news, const char *user, const char *mark)
{
    struct news_item *item = item_add(news, KIND_DUE, user);

    item->count = mark != NULL;
    if (mark)
        item->first = page_add_text(&news->page, mark);
}

void news_add_unread(struct news *news, const char *user, const struct store_counts *counts)
{
    struct news_item *item = item_add(news, KIND_UNREAD, user);

    item->number = counts->unread;
    item->unseen = counts->unseen;
}

void news_add_revoked(struct news *news, const char *user, int64_t not_before_seconds)
{
    item_add(news, KIND_REVOKED, user)->number = not_before_seconds;
}

void news_add_session_over(struct news *news, const char *user, const char *hash)
{
    struct news_item *item = item_add(news, KIND_SESSION_OVER, user);

    item->first = page_add_text(&news->page, hash);
}

static bool item_continues(
    const struct news *news, enum kind kind, const char *user, int64_t number)
{
    const struct news_item *last = news->count > 0 ? &news->items[news->count - 1] : NULL;

    return last && last->kind == kind && last->number == number &&
           strcmp(news->page.text.data + last->text, user) == 0;
}

static void item_add_id(
    struct news *news, enum kind kind, const char *user, int64_t number, int64_t id)
{
    struct news_item *item;

    if (news->id_count == news->id_size) {
        news->id_size = news->id_size > 0 ? news->id_size * 2 : 16;
        news->ids = mem_resize(news->ids, news->id_size * sizeof(*news->ids));
    }
    if (!item_continues(news, kind, user, number)) {
        item = item_add(news, kind, user);
        item->first = news->id_count;
        item->number = number;
    }
    news->ids[news->id_count++] = id;
    news->items[news->count - 1].count++;
}

void news_add_expiring(struct news *news, const char *user, int64_t id)
{
    item_add_id(news, KIND_EXPIRING, user, 0, id);
}

void news_add_set_back(struct news *news, const char *user, int64_t id)
{
    item_add_id(news, KIND_SET_BACK, user, 0, id);
}

void news_add_updated(struct news *news, bool is_pending)
{
    struct news_item *item = item_add(news, KIND_UPDATED, NULL);

    item->first = news->page.count - 1;
    item->number = is_pending;
}

void news_add_removed(struct news *news, const char *user, enum store_removal removal, int64_t id)
{
    item_add_id(news, KIND_REMOVED, user, removal, id);
}

void news_add_marked(struct news *news, const char *user, bool is_read, int64_t id)
{
    item_add_id(news, KIND_MARKED, user, is_read, id);
}

void news_add_available(struct news *news)
{
    item_add(news, KIND_AVAILABLE, NULL);
}

void news_add_unavailable(struct news *news, const struct reason *why)
{
    item_add(news, KIND_UNAVAILABLE, why->text);
}

void news_add_replaced(struct news *news)
{
    item_add(news, KIND_REPLACED, NULL);
}

void news_add_message(struct news *news)
{
    item_add(news, KIND_MESSAGE, NULL)->first = news->page.count - 1;
}

void news_add_member(struct news *news, const char *conversation, const char *user, bool is_member)
{
    struct news_item *item = item_add(news, KIND_MEMBER, conversation);

    item->first = page_add_text(&news->page, user);
    item->number = is_member;
}

void news_add_broadcast(struct news *news)
{
    item_add(news, KIND_BROADCAST, NULL)->first = news->page.count - 1;
}

void news_add_said(struct news *news, const char *text)
{
    item_add(news, KIND_SAID, text);
}

void news_add_elsewhere(struct news *news, const struct store_elsewhere *elsewhere)
{
    struct news_item *item = item_add(news, KIND_ELSEWHERE, elsewhere->user);

    item->first = page_add_text(&news->page, elsewhere->gateway);
    item->number = elsewhere->connections;
    item->unseen = elsewhere->last_seen;
}

static const char *item_text(const struct news *batch, const struct news_item *item)
{
    return batch->page.text.data + item->text;
}

static void item_tell_row(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    struct store_row row = page_row(&batch->page, item->first);

    row.mark = batch->has_mark ? batch->page.text.data + batch->mark : NULL;
    news->row(context, &row);
}

static void tell_due(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    const char *mark = item->count > 0 ? batch->page.text.data + item->first : NULL;

    news->due(context, item_text(batch, item), mark);
}

static void tell_unread(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    const struct store_counts counts = {item->number, item->unseen};

    news->unread(context, item_text(batch, item), &counts);
}

static void tell_updated(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    struct store_row row = page_row(&batch->page, item->first);

    news->updated(context, &row, item->number != 0);
}

static void tell_removed(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    news->removed(context, item_text(batch, item), (enum store_removal)item->number,
        batch->ids + item->first, item->count);
}

static void tell_marked(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    news->marked(
        context, item_text(batch, item), item->number != 0, batch->ids + item->first, item->count);
}

static void tell_revoked(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    news->revoked(context, item_text(batch, item), item->number);
}

static void tell_session_over(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    news->session_over(context, item_text(batch, item), batch->page.text.data + item->first);
}

static void tell_expiring(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    news->expiring(context, item_text(batch, item), batch->ids + item->first, item->count);
}

static void tell_set_back(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    if (news->set_back)
        news->set_back(context, item_text(batch, item), batch->ids + item->first, item->count);
}

static void tell_available(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    (void)batch;
    (void)item;
    news->available(context);
}

static void tell_unavailable(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    struct reason why;

    reason_set(&why, "%s", item_text(batch, item));
    news->unavailable(context, &why);
}

static void tell_replaced(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    (void)batch;
    (void)item;
    news->replaced(context);
}

static void tell_message(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    struct store_message message = page_message(&batch->page, item->first);

    if (news->conversations)
        news->conversations->message(context, &message);
}

static void tell_member(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    const char *user = batch->page.text.data + item->first;

    if (news->conversations)
        news->conversations->member(context, item_text(batch, item), user, item->number != 0);
}

static void tell_broadcast(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    struct store_broadcast broadcast = page_broadcast(&batch->page, item->first);

    if (news->conversations)
        news->conversations->broadcast(context, &broadcast);
}

static void tell_said(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    if (news->said)
        news->said(context, item_text(batch, item));
}

static void tell_elsewhere(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    const struct store_elsewhere elsewhere = {
        .user = item_text(batch, item),
        .gateway = batch->page.text.data + item->first,
        .connections = item->number,
        .last_seen = item->unseen,
    };

    if (news->elsewhere)
        news->elsewhere(context, &elsewhere);
}

static void (*const tellers[KINDS])(
    const struct news *, const struct news_item *, const struct store_news *, void *) = {
    [KIND_ROW] = item_tell_row,
    [KIND_DUE] = tell_due,
    [KIND_UNREAD] = tell_unread,
    [KIND_UPDATED] = tell_updated,
    [KIND_REMOVED] = tell_removed,
    [KIND_MARKED] = tell_marked,
    [KIND_REVOKED] = tell_revoked,
    [KIND_SESSION_OVER] = tell_session_over,
    [KIND_EXPIRING] = tell_expiring,
    [KIND_SET_BACK] = tell_set_back,
    [KIND_AVAILABLE] = tell_available,
    [KIND_UNAVAILABLE] = tell_unavailable,
    [KIND_REPLACED] = tell_replaced,
    [KIND_MESSAGE] = tell_message,
    [KIND_MEMBER] = tell_member,
    [KIND_BROADCAST] = tell_broadcast,
    [KIND_SAID] = tell_said,
    [KIND_ELSEWHERE] = tell_elsewhere,
};

void news_tell(const struct news *batch, const struct store_news *news, void *context)
{
    for (size_t i = 0; i < batch->count; i++)
        tellers[batch->items[i].kind](batch, &batch->items[i], news, context);
    news->end(context);
}

bool news_has_replaced(const struct news *news)
{
    for (size_t i = 0; i < news->count; i++)
        if (news->items[i].kind == KIND_REPLACED)
            return true;
    return false;
}

void news_availability(const struct news *news, bool *is_available, struct reason *why)
{
    for (size_t i = 0; i < news->count; i++) {
        enum kind kind = news->items[i].kind;
        if (kind == KIND_AVAILABLE || kind == KIND_UNAVAILABLE)
            *is_available = kind == KIND_AVAILABLE;
        if (kind == KIND_UNAVAILABLE)
            reason_set(why, "%s", item_text(news, &news->items[i]));
    }
}

uint64_t news_count_set_back(const struct news *news)
{
    uint64_t count = 0;

    for (size_t i = 0; i < news->count; i++)
        count += news->items[i].kind == KIND_SET_BACK;
    return count;
}
