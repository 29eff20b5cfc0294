#include "gateway/queue/news.h"

#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

enum kind {
    KIND_ROW,
    KIND_DUE,
    KIND_UNREAD,
    KIND_REVOKED,
    KIND_EXPIRING,
    KIND_AVAILABLE,
    KIND_UNAVAILABLE,
    KIND_REPLACED,
    KINDS
};

struct news_item {
    enum kind kind;
    size_t text;    /* the user, or the reason, in the page's text */
    int64_t number; /* of unread ones, or seconds */
    size_t first;   /* of the page's rows, or of the ids */
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

static struct news_item *add(struct news *news, enum kind kind, const char *text)
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
    add(news, KIND_ROW, NULL)->first = news->page.count - 1;
}

void news_add_due(struct news *news, const char *user)
{
    add(news, KIND_DUE, user);
}

void news_add_unread(struct news *news, const char *user, int64_t unread)
{
    add(news, KIND_UNREAD, user)->number = unread;
}

void news_add_revoked(struct news *news, const char *user, int64_t not_before_seconds)
{
    add(news, KIND_REVOKED, user)->number = not_before_seconds;
}

static bool continues(const struct news *news, const char *user)
{
    const struct news_item *last = news->count > 0 ? &news->items[news->count - 1] : NULL;

    return last && last->kind == KIND_EXPIRING &&
           strcmp(news->page.text.data + last->text, user) == 0;
}

void news_add_expiring(struct news *news, const char *user, int64_t id)
{
    if (news->id_count == news->id_size) {
        news->id_size = news->id_size > 0 ? news->id_size * 2 : 16;
        news->ids = mem_resize(news->ids, news->id_size * sizeof(*news->ids));
    }
    if (!continues(news, user))
        add(news, KIND_EXPIRING, user)->first = news->id_count;
    news->ids[news->id_count++] = id;
    news->items[news->count - 1].count++;
}

void news_add_available(struct news *news)
{
    add(news, KIND_AVAILABLE, NULL);
}

void news_add_unavailable(struct news *news, const struct reason *why)
{
    add(news, KIND_UNAVAILABLE, why->text);
}

void news_add_replaced(struct news *news)
{
    add(news, KIND_REPLACED, NULL);
}

static void tell(const struct news *batch, const struct news_item *item,
    const struct store_news *news, void *context)
{
    const char *text = batch->page.text.data + item->text;
    struct store_row row;
    struct reason why;

    switch (item->kind) {
    case KIND_ROW:
        row = page_row(&batch->page, item->first);
        news->row(context, &row);
        break;
    case KIND_DUE:
        news->due(context, text);
        break;
    case KIND_UNREAD:
        news->unread(context, text, item->number);
        break;
    case KIND_REVOKED:
        news->revoked(context, text, item->number);
        break;
    case KIND_EXPIRING:
        news->expiring(context, text, batch->ids + item->first, item->count);
        break;
    case KIND_AVAILABLE:
        news->available(context);
        break;
    case KIND_UNAVAILABLE:
        reason_set(&why, "%s", text);
        news->unavailable(context, &why);
        break;
    case KIND_REPLACED:
        news->replaced(context);
        break;
    case KINDS:
        break;
    }
}

void news_tell(const struct news *batch, const struct store_news *news, void *context)
{
    for (size_t i = 0; i < batch->count; i++)
        tell(batch, &batch->items[i], news, context);
    news->end(context);
}

bool news_has_replaced(const struct news *news)
{
    for (size_t i = 0; i < news->count; i++)
        if (news->items[i].kind == KIND_REPLACED)
            return true;
    return false;
}
