#include "gateway/store/set_back.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/memory.h"
#include "gateway/store/change_verbs.h"
#include "gateway/store/news.h"

#define ROWS_MAX 4096

struct set_back_row {
    UT_hash_handle hh;
    int64_t id;
    char word[SET_BACK_WORD_SIZE];
    uint64_t told; /* number of the news that told it; UINT64_MAX: not yet told */
    bool is_in_database;
    char user[];
};

void set_back_init(struct set_back *set_back)
{
    *set_back = (struct set_back){.is_new = true};
}

static void row_drop(struct set_back *set_back, struct set_back_row *row)
{
    set_back->untold -= row->told == UINT64_MAX;
    HASH_DEL(set_back->by_id, row);
    free(row);
}

void set_back_release(struct set_back *set_back)
{
    struct set_back_row *row, *next;

    HASH_ITER (hh, set_back->by_id, row, next)
        row_drop(set_back, row);
}

static struct set_back_row *row_find(const struct set_back *set_back, int64_t id)
{
    struct set_back_row *row;

    HASH_FIND(hh, set_back->by_id, &id, sizeof(id), row);
    return row;
}

bool set_back_knows(struct set_back *set_back, const struct set_back_entry *entry)
{
    struct set_back_row *row = row_find(set_back, entry->id);

    if (row && strcmp(row->word, entry->word) == 0)
        return true;
    if (row)
        row_drop(set_back, row);
    return false;
}

void set_back_add(struct set_back *set_back, const struct set_back_entry *entry)
{
    size_t size = strlen(entry->user) + 1;
    struct set_back_row *row;

    if (HASH_COUNT(set_back->by_id) >= ROWS_MAX)
        return;
    row = mem_zalloc(sizeof(*row) + size);
    row->id = entry->id;
    row->told = UINT64_MAX;
    row->is_in_database = true;
    memcpy(row->word, entry->word, strlen(entry->word) + 1);
    memcpy(row->user, entry->user, size);
    set_back->untold++;
    HASH_ADD(hh, set_back->by_id, id, sizeof(row->id), row);
}

void set_back_settle(struct set_back *set_back, bool committed)
{
    struct set_back_row *row = set_back->by_id;

    for (; committed && set_back->is_cleared && row; row = row->hh.next)
        row->is_in_database = false;
    set_back->is_cleared = false;
}

void set_back_tell(struct set_back *set_back, const char *user, struct news *news)
{
    struct set_back_row *row;
    bool any = false;

    for (row = set_back->by_id; set_back->untold > 0 && row; row = row->hh.next) {
        if (row->told != UINT64_MAX || strcmp(row->user, user) != 0)
            continue;
        if (!any)
            set_back->told++;
        any = true;
        set_back->untold--;
        row->told = set_back->told;
        news_add_set_back(news, user, row->id);
    }
}

bool set_back_lets_count(const struct set_back *set_back, int64_t id, uint64_t heard)
{
    const struct set_back_row *row = row_find(set_back, id);

    return !row || row->told <= heard;
}

void set_back_heard(struct set_back *set_back, uint64_t heard)
{
    struct set_back_row *row, *next;

    HASH_ITER (hh, set_back->by_id, row, next)
        if (row->told <= heard && !row->is_in_database)
            row_drop(set_back, row);
}
