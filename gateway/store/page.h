/*
 * page: rows on their way from the thread to the loop.
 *
 * The thread adds rows, whose texts share one buffer. The buffer moves as it
 * grows, so rows refer to their texts by offset; the loop turns these into
 * pointers (page_row and the like).
 */
#ifndef BELFRY_GATEWAY_STORE_PAGE_H
#define BELFRY_GATEWAY_STORE_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "gateway/store/store_broadcasts.h"
#include "gateway/store/store_conversations.h"
#include "gateway/store/store_notifications.h"

struct page {
    struct page_row {
        int64_t id;
        int64_t created_at;
        size_t user; /* offset in the text, NUL-terminated */
        size_t json;
        size_t len;
        size_t topic;         /* likewise: of a broadcast; of a message its conversation */
        bool stays;           /* of a broadcast */
        int64_t confirmed_at; /* of a notification, as in store_row … */
        int64_t due_at;       /* … likewise; created_at at first */
    } * rows;
    size_t count;
    size_t size;
    struct buf text;
};

void page_init(struct page *page);
void page_release(struct page *page);
/* Appends a row. Its JSON is page->text from the offset `json` to the end; a NUL is appended to
 * it. */
void page_add(struct page *page, int64_t id, int64_t created_at, size_t user, size_t json);
/* Adds text that rows refer to. Returns its offset. */
size_t page_add_text(struct page *page, const char *text);
/* Appends a row that is only a name. */
void page_add_name(struct page *page, const char *name);
const char *page_name(const struct page *page, size_t index);
/* Forgets the last row and all text from `len` on: the row was one too many. */
void page_take_back(struct page *page, size_t len);
/* Cuts the text to `len` bytes: removes text that was begun and belongs to no row. */
void page_cut(struct page *page, size_t len);
size_t page_bytes(const struct page *page);

/* The row as the loop sees it; lent until the page changes. */
struct store_row page_row(const struct page *page, size_t index);
/* Likewise, if `user` is the sender, … */
struct store_message page_message(const struct page *page, size_t index);
/* … or the event; without any JSON there is no data. */
struct store_broadcast page_broadcast(const struct page *page, size_t index);
/* All rows, in a malloc()ed array (what it points to is lent); NULL if there are none. */
struct store_row *page_rows(const struct page *page);

#endif
