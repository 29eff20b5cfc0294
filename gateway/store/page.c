#include "gateway/store/page.h"

#include <stdlib.h>

#include "common/memory.h"

/* Never reached: a page is already limited in bytes, and so is each row. */
#define TEXT_MAX ((size_t)64 << 20)
#define FIRST_SIZE 8

void page_init(struct page *page)
{
    *page = (struct page){.rows = NULL};
    buf_init(&page->text, TEXT_MAX);
}

void page_release(struct page *page)
{
    free(page->rows);
    buf_release(&page->text);
    page_init(page);
}

void page_add(struct page *page, int64_t id, int64_t created_at, size_t user, size_t json)
{
    if (page->count == page->size) {
        page->size = page->size > 0 ? page->size * 2 : FIRST_SIZE;
        page->rows = mem_resize(page->rows, page->size * sizeof(*page->rows));
    }
    page->rows[page->count++] = (struct page_row){.id = id,
        .confirmed_at = -1,
        .created_at = created_at,
        .due_at = created_at,
        .user = user,
        .json = json,
        .len = page->text.len - json};
    buf_add(&page->text, "", 1);
}

size_t page_add_text(struct page *page, const char *text)
{
    size_t at = page->text.len;

    buf_add_text(&page->text, text);
    buf_add(&page->text, "", 1);
    return at;
}

void page_add_name(struct page *page, const char *name)
{
    size_t at = page_add_text(page, name);

    page_add(page, 0, 0, at, page->text.len);
}

const char *page_name(const struct page *page, size_t index)
{
    return page->text.data + page->rows[index].user;
}

void page_take_back(struct page *page, size_t len)
{
    page->count--;
    page_cut(page, len);
}

void page_cut(struct page *page, size_t len)
{
    if (page->text.len > len) {
        page->text.len = len;
        page->text.data[len] = '\0';
    }
}

size_t page_bytes(const struct page *page)
{
    return page->text.len + page->count * sizeof(*page->rows);
}

struct store_row page_row(const struct page *page, size_t index)
{
    const struct page_row *row = &page->rows[index];

    return (struct store_row){
        .id = row->id,
        .created_at = row->created_at,
        .due_at = row->due_at,
        .user = page->text.data + row->user,
        .json = page->text.data + row->json,
        .len = row->len,
        .confirmed_at = row->confirmed_at,
    };
}

struct store_message page_message(const struct page *page, size_t index)
{
    const struct page_row *row = &page->rows[index];

    return (struct store_message){
        .id = row->id,
        .conversation = page->text.data + row->topic,
        .sender = page->text.data + row->user,
        .json = page->text.data + row->json,
        .len = row->len,
    };
}

struct store_broadcast page_broadcast(const struct page *page, size_t index)
{
    const struct page_row *row = &page->rows[index];

    return (struct store_broadcast){
        .id = row->id,
        .topic = page->text.data + row->topic,
        .event = page->text.data + row->user,
        .json = row->len > 0 ? page->text.data + row->json : NULL,
        .len = row->len,
        .stays = row->stays,
    };
}

struct store_row *page_rows(const struct page *page)
{
    struct store_row *rows;

    if (page->count == 0)
        return NULL;
    rows = mem_array(page->count, sizeof(*rows));
    for (size_t i = 0; i < page->count; i++)
        rows[i] = page_row(page, i);
    return rows;
}
