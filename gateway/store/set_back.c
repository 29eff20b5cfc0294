#include "gateway/store/set_back.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/database.h"
#include "common/memory.h"
#include "gateway/store/news.h"
#include "gateway/store/queue.h"

/* What the trigger writes: set_back.<id>, and a random word, a blank and the user. */
#define KEY_PREFIX "set_back."
#define WORD_SIZE 17
/* What is beyond is as if its trigger had written nothing. */
#define ROWS_MAX 4096

/* Of STATEMENT_SET_BACK. */
enum { KEY, VALUE };

struct set_back_row {
    UT_hash_handle hh;
    int64_t id;
    char word[WORD_SIZE];
    uint64_t told; /* with which batch; UINT64_MAX: not yet */
    bool is_in_file;
    char user[];
};

void set_back_init(struct set_back *set_back)
{
    *set_back = (struct set_back){.is_new = true};
}

static void drop(struct set_back *set_back, struct set_back_row *row)
{
    set_back->untold -= row->told == UINT64_MAX;
    HASH_DEL(set_back->by_id, row);
    free(row);
}

void set_back_release(struct set_back *set_back)
{
    struct set_back_row *row, *next;

    HASH_ITER (hh, set_back->by_id, row, next)
        drop(set_back, row);
}

static struct set_back_row *find(const struct set_back *set_back, int64_t id)
{
    struct set_back_row *row;

    HASH_FIND(hh, set_back->by_id, &id, sizeof(id), row);
    return row;
}

static void add(struct set_back *set_back, int64_t id, const char *word, const char *user)
{
    size_t size = strlen(user) + 1;
    struct set_back_row *row = mem_zalloc(sizeof(*row) + size);

    row->id = id;
    row->told = UINT64_MAX;
    row->is_in_file = true;
    memcpy(row->word, word, WORD_SIZE - 1);
    memcpy(row->user, user, size);
    set_back->untold++;
    HASH_ADD(hh, set_back->by_id, id, sizeof(row->id), row);
}

/* Confirmations that wait to be written were sent before it was set back. A row that nobody was
 * told of yet is not under way. */
static void take_up(struct queue *queue, const char *key, const char *value)
{
    struct set_back *set_back = &queue->inbox.set_back;
    int64_t id = strtoll(key + strlen(KEY_PREFIX), NULL, 10);
    struct set_back_row *row = find(set_back, id);
    const char *user = value + WORD_SIZE;

    if (row && strncmp(row->word, value, WORD_SIZE - 1) == 0)
        return;
    if (row)
        drop(set_back, row);
    marks_discount(&queue->inbox.marks, id);
    if (id > queue->inbox.last_seen || !watch_find(&queue->inbox.watch, user, strlen(user)) ||
        HASH_COUNT(set_back->by_id) >= ROWS_MAX)
        return;
    add(set_back, id, value, user);
}

int set_back_read(struct queue *queue)
{
    sqlite3_stmt *statement = file_statement(queue->file, STATEMENT_SET_BACK);
    int step;

    if (!queue->inbox.set_back.is_new)
        return 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *value = database_text(statement, VALUE);
        if (value && strlen(value) >= WORD_SIZE)
            take_up(queue, database_text(statement, KEY), value);
    }
    if (file_done(queue->file, statement, step) < 0)
        return -1;
    queue->inbox.set_back.is_new = false;
    return 0;
}

int set_back_clear(struct queue *queue)
{
    queue->inbox.set_back.is_cleared = true;
    return file_run(queue->file, file_statement(queue->file, STATEMENT_CLEAR_SET_BACK));
}

void set_back_settle(struct queue *queue, bool committed)
{
    struct set_back_row *row = queue->inbox.set_back.by_id;

    for (; committed && queue->inbox.set_back.is_cleared && row; row = row->hh.next)
        row->is_in_file = false;
    queue->inbox.set_back.is_cleared = false;
}

void set_back_tell(struct queue *queue, struct news *news, const struct watched *watched)
{
    struct set_back_row *row;
    bool any = false;

    for (row = queue->inbox.set_back.by_id; queue->inbox.set_back.untold > 0 && row;
         row = row->hh.next) {
        if (row->told != UINT64_MAX || strcmp(row->user, watched->user) != 0)
            continue;
        if (!any)
            queue->inbox.set_back.told++;
        any = true;
        queue->inbox.set_back.untold--;
        row->told = queue->inbox.set_back.told;
        news_add_set_back(news, watched->user, row->id);
    }
}

bool set_back_lets_count(const struct set_back *set_back, int64_t id, uint64_t heard)
{
    const struct set_back_row *row = find(set_back, id);

    return !row || row->told <= heard;
}

void set_back_heard(struct set_back *set_back, uint64_t heard)
{
    struct set_back_row *row, *next;

    HASH_ITER (hh, set_back->by_id, row, next)
        if (row->told <= heard && !row->is_in_file)
            drop(set_back, row);
}
